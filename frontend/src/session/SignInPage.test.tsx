import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { SignInPage } from "./SignInPage";
import { initials } from "./session";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function signIn(answer: () => Promise<Response>): void {
  vi.stubGlobal("fetch", answer);
  render(<SignInPage />);
  fireEvent.change(screen.getByLabelText("User name"), { target: { value: "arossi" } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: "wrong" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

test("a refused password is answered with what the server says", async () => {
  const error = { code: "wrong_password", message: "Name or password is wrong.", remedy: "Check." };
  signIn(async () => Response.json({ error }, { status: 401 }));

  expect((await screen.findByRole("alert")).textContent).toBe("Name or password is wrong. Check.");
});

test("a server that is away is said to be away", async () => {
  signIn(async () => {
    throw new TypeError("Failed to fetch");
  });

  expect((await screen.findByRole("alert")).textContent).toContain("does not answer");
});

test("the one-time address is explained", () => {
  render(<SignInPage />);

  expect(screen.getByText(/one-time token/)).toBeTruthy();
});

test.each([
  [{ userName: "arossi", name: "Ada Rossi", administrator: false }, "AR"],
  [{ userName: "root", name: "root", administrator: true }, "RO"],
  [null, ""],
])("%# has initials", (person, letters) => {
  expect(initials(person)).toBe(letters);
});
