"""What the author of a study says of it, for its reports: one text for each topic."""

from __future__ import annotations

from fpt_core.dataset.project_tables import ProjectTables


class StatementTable(ProjectTables):
    """Statements by topic, as ``fpt_core.checklists.topics`` names them."""

    def statements(self) -> dict[str, str]:
        """All statements that were made."""
        with self._database.connected() as database:
            rows = database.execute("SELECT topic, text FROM statements")
            return {row["topic"]: row["text"] for row in rows}

    def state(self, topic: str, text: str) -> None:
        """Keep what the author says of a topic, in place of what was there; empty takes it away."""
        text = text.strip()
        with self._database.transaction() as database:
            if text:
                database.execute("INSERT OR REPLACE INTO statements VALUES (?, ?)", (topic, text))
            else:
                database.execute("DELETE FROM statements WHERE topic = ?", (topic,))
