import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { queryClient } from "../api/client";
import { ActingBanner } from "./ActingBanner";
import { SignInPage } from "./SignInPage";
import { initials } from "./session";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  queryClient.clear();
});

function show(): void {
  render(
    <QueryClientProvider client={queryClient}>
      <SignInPage />
    </QueryClientProvider>,
  );
}

function signIn(answer: () => Promise<Response>): void {
  vi.stubGlobal("fetch", answer);
  show();
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

test("a provider where people have accounts is offered, and brings them back", async () => {
  window.history.replaceState(null, "", "/project/3?sort=name");
  const openId = { label: "Example University", href: "/login/openid" };
  vi.stubGlobal("fetch", async () => Response.json({ user: null, openId }));
  show();

  const link = await screen.findByRole("link", { name: "Sign in with Example University" });

  expect(link.getAttribute("href")).toBe("/login/openid?next=%2Fproject%2F3%3Fsort%3Dname");
});

test("who acts as somebody else is told so, and how to stop", async () => {
  const user = { userName: "ada", firstName: "Ada", lastName: "Rossi" };
  vi.stubGlobal("fetch", async () => Response.json({ user, actedBy: { userName: "helper" } }));
  render(
    <QueryClientProvider client={queryClient}>
      <ActingBanner />
    </QueryClientProvider>,
  );

  expect(await screen.findByText(/helper, you are acting as Ada Rossi/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Stop acting" })).toBeTruthy();
});

test("the one-time address is explained", () => {
  vi.stubGlobal("fetch", async () => Response.json({ user: null }));
  show();

  expect(screen.getByText(/one-time token/)).toBeTruthy();
});

test.each([
  [{ userName: "arossi", name: "Ada Rossi" }, "AR"],
  [{ userName: "root", name: "root" }, "RO"],
  [null, ""],
])("%# has initials", (person, letters) => {
  expect(initials(person)).toBe(letters);
});
