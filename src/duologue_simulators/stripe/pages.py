"""What does a person see? The hosted payment page, and a desk from which an account's fate is steered."""

from collections.abc import Iterable
from html import escape

from duologue_simulators.stripe.account import TRANSFER, WAYS, Account
from duologue_simulators.stripe.objects import Object

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#222}"
    ".band{background:#635bff;color:#fff;padding:.5rem 1rem;border-radius:.4rem}"
    "button,select{font:inherit;padding:.5rem .9rem;margin:.2rem .3rem .2rem 0}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem .3rem 0;"
    "border-bottom:1px solid #ddd;vertical-align:top}form{display:inline}.no{color:#b00020}"
)
_NO_CENTS = {"jpy", "krw", "clp", "vnd"}


def checkout(session: Object, *, said: str = "") -> str:
    """The page of one checkout; `said` is why the last try did not pay."""
    if session["status"] != "open":
        return _page(
            "Checkout", f"<h1>This page is over.</h1><p>Its state is {escape(session['status'])}.</p>"
        )
    offered = (way for way in WAYS if way != TRANSFER or TRANSFER in session["payment_method_types"])
    options = "".join(f'<option value="{way}">{escape(WAYS[way])}</option>' for way in offered)
    leave = f'<p><a href="{escape(session["cancel_url"])}">Back without paying</a></p>'
    declined = f'<p class="no" role="alert">Declined: {escape(said)}. Try another card.</p>' if said else ""
    return _page(
        "Checkout",
        f"<h1>Pay {_money(session)}</h1>{declined}<p>{escape(session.get('customer_email') or '')}</p>"
        f'<form method="post"><label>Pay with<br><select name="way">{options}</select></label><br>'
        f"<button>Pay</button></form>{leave if session['cancel_url'] else ''}",
    )


def desk(account: Account, deliveries: Iterable[tuple[str, int]]) -> str:
    """Everything in the account, the newest first, with what can happen to it next."""
    sessions = "".join(_session_row(one) for one in reversed(account.sessions.values()))
    refunds = "".join(_refund_row(one) for one in reversed(account.refunds.values()))
    answers = dict(deliveries)
    events = "".join(
        f"<tr><td>{escape(one['type'])}</td><td>{answers.get(one['id'], 'not sent')}</td>"
        f"<td>{_button('send', one['id'], 'Send again')}</td></tr>"
        for one in reversed(account.events.values())
    )
    return _page(
        "Desk",
        f"<h1>Stripe, simulated</h1><h2>Checkouts</h2><table>{sessions}</table><h2>Refunds</h2>"
        f"<table>{refunds}</table><h2>Events, and how they were answered</h2><table>{events}</table>",
    )


def _session_row(session: Object) -> str:
    buttons = ""
    if session["status"] == "open":
        buttons = f'<a href="{escape(session["url"])}">Open</a>'
    elif session["status"] == "complete" and session["payment_status"] == "unpaid":
        buttons = _button("arrive", session["id"], "The money arrives")
        buttons += _button("bounce", session["id"], "The bank says no")
    elif session["payment_status"] == "paid":
        buttons = _button("dispute", session["id"], "The payer disputes it")
    state = f"{session['status']}, {session['payment_status']}"
    return f"<tr><td>{_money(session)}</td><td>{state}</td><td>{buttons}</td></tr>"


def _refund_row(refund: Object) -> str:
    buttons = ""
    if refund["status"] == "pending":
        buttons = _button("succeed", refund["id"], "Let it succeed")
    if refund["status"] != "failed":
        buttons += _button("fail", refund["id"], "Let it fail")
    money = _money({"amount_total": refund["amount"], "currency": refund["currency"]})
    return f"<tr><td>{money}</td><td>{refund['status']}</td><td>{buttons}</td></tr>"


def _button(what: str, id_: str, words: str) -> str:
    return (
        f'<form method="post" action="/"><input type="hidden" name="what" value="{what}">'
        f'<input type="hidden" name="id" value="{id_}"><button>{words}</button></form>'
    )


def _money(session: Object) -> str:
    amount, currency = session["amount_total"], session["currency"]
    shown = f"{amount}" if currency in _NO_CENTS else f"{amount / 100:.2f}"
    return f"{shown} {currency.upper()}"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}: Stripe, simulated</title><style>{_STYLE}</style>"
        f'<p class="band">Stripe, simulated. No money moves here.</p>{body}</html>'
    )
