"""Where claims stand on a map: their sections as bands, and each claim to the right of all that it uses."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from reports.crossings import Link, Place, crossings
from reports.exchange import Board
from reports.ordering import Block, Section, ordered

COLUMNS = 6  # at least; a longer chain of claims takes more
SWEEPS = 6  # no order was seen to improve after the fourth


@dataclass(frozen=True)
class Item:
    """A claim as the layout sees it."""

    name: str
    section: Section
    uses: tuple[str, ...] = ()
    amends: str | None = None


@dataclass(frozen=True)
class Layout:
    """Every claim's place, the first row and number of rows of every section, and the links that are drawn.

    `circular` are the links left out because they would close a circle.
    """

    places: dict[str, Place]
    bands: dict[Section, tuple[int, int]]
    links: tuple[Link, ...]
    circular: tuple[Link, ...]
    columns: int

    @property
    def crossings(self) -> int:
        """How many pairs of links cross when they are drawn straight."""
        return crossings(self.links, self.places)


def layout(items: Sequence[Item], sweeps: int = SWEEPS) -> Layout:
    """Place `items`, in reading order: columns by what they use, rows by barycentres.

    Sections are bands in the order of their first claim. The result is a function of the items alone.
    """
    graph, circular = _acyclic(items)
    links = tuple(Link(source, target, amends) for source, target, amends in graph.edges(data="amends"))
    blocks = _blocks(items, graph)
    section = {item.name: item.section for item in items}
    groups: dict[Section, list[Block]] = {item.section: [] for item in items}
    for block in dict.fromkeys(blocks.values()):
        groups[section[block.first]].append(block)
    columns, total = _columns(blocks, links, section)
    places, bands = ordered(groups, columns, links, sweeps)
    if sweeps:
        board = Board(places, links, total)
        alone = frozenset(block.first for block in blocks.values() if len(block.offsets) == 1)
        board.improve([[name for block in found for name in block.offsets] for found in groups.values()], alone)
        places = board.places
    return Layout(places, bands, links, circular, total)


def _acyclic(items: Sequence[Item]) -> tuple["nx.DiGraph[str]", tuple[Link, ...]]:
    """The links among `items` as a graph without circles, and those that would have closed one."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(item.name for item in items)
    circular = []
    for link in _links(items):
        if nx.has_path(graph, link.target, link.source):
            circular.append(link)
        else:
            graph.add_edge(link.source, link.target, amends=link.amends)
    return graph, tuple(circular)


def _links(items: Sequence[Item]) -> Iterator[Link]:
    """Every link among the items, once."""
    known = {item.name for item in items}
    for item in items:
        for name in dict.fromkeys(item.uses):
            if name in known and name != item.amends:
                yield Link(name, item.name)
        if item.amends in known:
            yield Link(str(item.amends), item.name, amends=True)


def _blocks(items: Sequence[Item], graph: "nx.DiGraph[str]") -> dict[str, Block]:
    """The block of every claim: a printed one with its amendments, unless other claims stand between them."""
    blocks = {item.name: Block({item.name: (0, 0)}) for item in items}
    section = {item.name: item.section for item in items}
    for item in items:
        printed = str(item.amends)
        if graph.has_edge(printed, item.name) and section[printed] == item.section:
            block = _block([*blocks[printed].offsets, *blocks[item.name].offsets], graph)
            merged = blocks | dict.fromkeys(block.offsets, block)
            if nx.is_directed_acyclic_graph(_quotient(merged, graph.edges)):
                blocks = merged
    return blocks


def _block(names: Sequence[str], graph: "nx.DiGraph[str]") -> Block:
    """A family side by side: the printed statement first, what amends it to its right, one below the other."""
    offsets: dict[str, tuple[int, int]] = {}
    for column, generation in enumerate(nx.topological_generations(graph.subgraph(names))):
        offsets |= {name: (column, row) for row, name in enumerate(sorted(generation, key=names.index))}
    return Block(offsets)


def _quotient(blocks: Mapping[str, Block], edges: Iterable[tuple[str, str]]) -> "nx.DiGraph[Block]":
    """The graph of blocks; the value `step` of an edge says how far apart they must start."""
    graph: nx.DiGraph[Block] = nx.DiGraph()
    graph.add_nodes_from(dict.fromkeys(blocks.values()))
    for source, target in edges:
        before, after = blocks[source], blocks[target]
        if before is not after:
            step = before.offsets[source][0] + 1 - after.offsets[target][0]
            known = graph.get_edge_data(before, after, {"step": step})["step"]
            graph.add_edge(before, after, step=max(step, known))
    return graph


def _columns(
    blocks: Mapping[str, Block], links: Sequence[Link], section: Mapping[str, Section]
) -> tuple[dict[Block, int], int]:
    """The first column of every block, right of all it uses, and the number of columns.

    A block that could stand in several columns takes the emptiest ones of its section, the least free to choose first.
    """
    graph = _quotient(blocks, [(link.source, link.target) for link in links])
    low, high, total = _windows(graph)
    rank = {block: (high[block] - low[block], place) for place, block in enumerate(graph)}
    load: dict[tuple[Section, int], int] = defaultdict(int)
    chosen: dict[Block, int] = {}
    for block in nx.lexicographical_topological_sort(graph, key=rank.__getitem__):
        first = max([0, *(chosen[before] + step for before, _, step in graph.in_edges(block, data="step"))])
        where = section[block.first]
        chosen[block] = min(
            range(first, high[block] + 1),
            key=lambda start: (max(load[where, start + i] for i in range(block.width)), start),
        )
        for column, _ in block.offsets.values():
            load[where, chosen[block] + column] += 1
    return chosen, total


def _windows(graph: "nx.DiGraph[Block]") -> tuple[dict[Block, int], dict[Block, int], int]:
    """The first and the last column in which each block can start, and the number of columns that takes."""
    order = list(nx.topological_sort(graph))
    low: dict[Block, int] = {}
    for block in order:
        low[block] = max([0, *(low[before] + step for before, _, step in graph.in_edges(block, data="step"))])
    total = max([COLUMNS, *(low[block] + block.width for block in graph)])
    high: dict[Block, int] = {}
    for block in reversed(order):
        steps = graph.out_edges(block, data="step")
        high[block] = min([total - block.width, *(high[after] - step for _, after, step in steps)])
    return low, high, total
