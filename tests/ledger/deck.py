"""What may happen next, and how likely is each?"""

from tests.ledger.gate import AFTER, BEFORE
from tests.ledger.world import World

WEIGHTS = {
    World.buy: 5,
    World.hold_and_check_out: 6,
    World.pay_in_two_tabs: 2,
    World.hold: 3,
    World.check_out: 4,
    World.come_back: 3,
    World.give_time_back: 2,
    World.cancel_as_attendee: 3,
    World.cancel_as_host: 2,
    World.cancel_as_operator: 2,
    World.move: 3,
    World.propose: 2,
    World.answer_proposal: 3,
    World.follow_up: 3,
    World.follow_up_and_pay: 3,
    World.withdraw_follow_up: 1,
    World.cannot_come: 1,
    World.say_host_absent: 1,
    World.say_attendee_absent: 1,
    World.took_place: 1,
    World.object: 1,
    World.decide: 1,
    World.retry: 2,
    World.by_hand: 1,
    World.close_question: 1,
    World.give_back_all: 1,
    World.wait: 4,
    World.work: 4,
    World.wait_and_work: 4,
    World.pay: 5,
    World.pay_and_tell: 3,
    World.decline: 1,
    World.pay_another_sum: 1,
    World.transfer: 1,
    World.end_transfer: 1,
    World.trouble: 3,
    World.refuse_a_refund: 1,
    World.let_a_refund_wait: 1,
    World.end_refund: 1,
    World.bounce: 1,
    World.dispute: 1,
    World.webhook: 4,
    World.webhook_twice: 1,
    World.lose_webhook: 2,
}
NAMES = [act.__name__ for act, weight in WEIGHTS.items() for _ in range(weight)]
POINTS = (BEFORE, AFTER)
PICKS, STATEMENTS = 36, 60
