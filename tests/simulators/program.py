"""A program that uses a simulated vendor for one of its users."""


class Program:
    def __init__(self, web, token):
        self.web, self.headers = web, {"Authorization": f"Bearer {token}"}

    def ask(self, method, path, **how):
        answer = self.web.request(method, path, headers=self.headers, **how)
        return answer.status_code, (answer.json() if answer.content else None)
