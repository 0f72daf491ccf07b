"""Which function runs which job? The only place that names them all."""

TABLE: dict[str, str] = {}
