from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from app.widgets.order_list import OrderList


@pytest.fixture
def order(qtbot: QtBot) -> OrderList:
    order = OrderList("order", "An order")
    qtbot.addWidget(order)
    order.show_items([(7, "seven"), (3, "three"), (5, "five")])
    order.show()
    return order


def test_the_ends_cannot_be_passed(order: OrderList) -> None:
    order.list.setCurrentRow(-1)
    assert not order.up.isEnabled()
    assert not order.down.isEnabled()
    order.list.setCurrentRow(0)
    assert not order.up.isEnabled()
    order.list.setCurrentRow(2)
    assert not order.down.isEnabled()
    assert order.up.isEnabled()


def test_a_button_moves_an_item(qtbot: QtBot, order: OrderList) -> None:
    order.list.setCurrentRow(2)
    with qtbot.waitSignal(order.moved) as moved:
        qtbot.mouseClick(order.up, Qt.MouseButton.LeftButton)

    assert moved.args == [5, 1]
    assert order.numbers == [7, 5, 3]
    assert order.current == 5


def test_keys_move_an_item(qtbot: QtBot, order: OrderList) -> None:
    order.activateWindow()
    order.list.setFocus()
    order.list.setCurrentRow(0)
    with qtbot.waitSignal(order.moved) as moved:
        qtbot.keyClick(order.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)

    assert moved.args == [7, 1]
    assert order.numbers == [3, 7, 5]


def test_dragging_moves_an_item(qtbot: QtBot, order: OrderList) -> None:
    model = order.list.model()
    with qtbot.waitSignal(order.moved) as moved:
        assert model.moveRow(QModelIndex(), 0, QModelIndex(), 3)  # what a drop within it does

    assert moved.args == [7, 2]
    assert order.numbers == [3, 5, 7]


def test_what_is_chosen_stays_chosen(order: OrderList) -> None:
    order.list.setCurrentRow(1)
    order.show_items([(5, "five"), (3, "three")])
    assert order.current == 3

    order.show_items([(5, "five")])
    assert order.current is None
