"""What does an operator do by hand? Accounts, API tokens, the demo world, and all that Django has."""

import argparse
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import execute_from_command_line
from django.core.validators import validate_email
from django.db import transaction

from duologue.accounts.models import Host, User, normal_email
from duologue.accounts.search import search_text
from duologue.api import tokens
from duologue.config import prepare
from duologue.core import clock
from duologue.usecases.save_host import taken_among


def manage(arguments: argparse.Namespace) -> int:
    """Hand everything on to Django."""
    execute_from_command_line(["duologue manage", *arguments.rest])
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Load the demo world into an installation that has no hosts yet, and say who can sign in."""
    prepare.bring_tables_up_to_date()
    for line in prepare.demo_people():
        print(line)
    return 0


def create_user(arguments: argparse.Namespace) -> int:
    """An account whose address counts as proved: the operator's word stands for it."""
    try:
        user = _new_user(arguments)
    except ValidationError as error:
        print(" ".join(error.messages), file=sys.stderr)
        return 1
    roles = [role for role, has in (("operator", user.is_staff), ("host", arguments.host)) if has]
    print(f"{user.email} can sign in now{', as ' + ' and '.join(roles) if roles else ''}.")
    return 0


def _new_user(arguments: argparse.Namespace) -> User:
    email, now = normal_email(arguments.email), clock.now()
    validate_email(email)
    if User.objects.filter(email=email).exists():
        raise ValidationError(f"{email} has an account already.")
    password = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else None
    if password is not None:
        validate_password(password, User(email=email, name=arguments.name))
    with transaction.atomic():
        user = User.objects.create_user(
            email,
            password,
            name=arguments.name,
            is_staff=arguments.operator,
            date_joined=now,
            email_proved_at=now,
        )
        if arguments.host:
            host = Host(
                user=user, slug=arguments.host, status=Host.Status.APPROVED, applied_at=now, approved_at=now
            )
            host.search_text = search_text(host)
            host.full_clean(exclude=["headline"])
            if taken_among([host.slug]):
                raise ValidationError(f"{host.slug} was the address of another host's page.")
            host.save()
    return user


def create_token(arguments: argparse.Namespace) -> int:
    """An API token, printed this once."""
    user = User.objects.filter(email=normal_email(arguments.email), is_active=True).first()
    if user is None:
        print(f"No active account has the address {arguments.email}.", file=sys.stderr)
        return 1
    print(tokens.issue(user, label="made by the command line", now=clock.now()))
    return 0
