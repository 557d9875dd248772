"""GraphQL over WebSocket, at the address of GraphQL."""

from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.websockets import WebSocket

from app.context import Micrograph

if TYPE_CHECKING:
    from app.listening import Listening


async def subscriptions(websocket: WebSocket) -> None:
    """Serve one WebSocket connection."""
    micrograph: Micrograph = websocket.app.state.micrograph
    view = await anyio.to_thread.run_sync(_view, micrograph)
    try:
        await view.run(websocket)
    finally:
        micrograph.listeners.leave(websocket)


def _view(micrograph: Micrograph) -> "Listening":
    # Strawberry takes seconds to import, which a server does behind its first answers. Here it is
    # waited for: two threads that import the same modules in another order find them half made.
    _ = micrograph.graphql
    from app.listening import Listening

    return Listening(micrograph)
