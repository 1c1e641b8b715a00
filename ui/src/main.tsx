import "./styles/tokens.css";
import "./styles/base.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { followAppearance } from "#ui/api/appearance";
import { queryClient } from "#ui/api/call";
import { followNotices } from "#ui/api/notices";
import { readWhatComesLater } from "#ui/components/later";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import { router } from "./router";

// The content policy lets only styles with the host's nonce in; dialogs make theirs while they run.
const nonce = document.getElementById("style-nonce")?.nonce;
if (nonce !== undefined && nonce !== "") setNonce(nonce);

const environment = platform.environment();
document.title = t("frame.windowTitle", { environment: t(`environment.${environment}`) });
document.documentElement.dataset["environment"] = environment;

followAppearance();
followNotices();

// A file dropped beside its place must not make the window show it instead of the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

readWhatComesLater();

const place = document.getElementById("root");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
