using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Turns the steps of an Avro plan into those of a <see cref="StripPlan"/>, if each has one: floats out of numbers and Booleans that may be missing, and what is skipped.</summary>
internal sealed class StripCompiler
{
    /// <summary>The fewest bytes that are copied at once, instead of as numbers.</summary>
    private const int LeastCopied = 64;

    /// <summary>For each step to be, the slot that it writes, if any, and how it is created when it is known where that is.</summary>
    private readonly List<((int Column, int Slot)? Written, Func<int, StripStep> Create)> _drafts = [];

    private StripCompiler()
    {
    }

    /// <summary>Creates the plan, or returns null when one of the steps cannot be run in this way, or none of them reads a number.</summary>
    public static StripPlan? Compile(AvroStep[] steps, CompiledPlan? rest, PartLayout layout)
    {
        var compiler = new StripCompiler();
        return steps.All(step => compiler.TryAdd(step, StripUnion.None)) && compiler._drafts.Exists(d => d.Written is not null) ? compiler.Create(rest, layout) : null;
    }

    private bool TryAdd(AvroStep step, StripUnion union) => step.Kind switch
    {
        AvroStepKind.Fixed when union == StripUnion.None => TryAddRun(step),
        AvroStepKind.Fixed => TryAddNumber(step, union),
        AvroStepKind.Int or AvroStepKind.Long => TryAddInteger(step, union),
        AvroStepKind.Text when step.Targets.Length == 0 => Add(new StripTexts(union)),
        AvroStepKind.Union when union == StripUnion.None => TryAddUnion(step),
        _ => false,
    };

    private bool TryAddInteger(AvroStep step, StripUnion union)
    {
        bool is32 = step.Kind == AvroStepKind.Int;
        return step.Targets switch
        {
            [] => Add(new StripIntegers(union, is32, -1)),
            [var target] when IsFloat(target) => Add((target.Column, target.Slot), slot => new StripIntegers(union, is32, slot)),
            _ => false,
        };
    }

    /// <summary>Adds a value that may be missing.</summary>
    private bool TryAddNumber(AvroStep step, StripUnion union) => step.Copies switch
    {
        [] => Add(new StripSkip(union, step.Length)),
        [var copy] when IsNumber(copy) && copy.Length == step.Length => Add((copy.Column, copy.Slot), slot => new StripNumbers(union, copy.Source, slot)),
        _ => false,
    };

    private bool TryAddRun(AvroStep step)
    {
        if (!step.Copies.All(IsNumber))
        {
            return false;
        }

        Add(new StripSkip(StripUnion.None, step.Length));
        foreach (FixedCopy copy in step.Copies)
        {
            int offset = copy.Offset - step.Length;
            if (copy.Length >= LeastCopied)
            {
                Add(new StripRun(offset, copy));
                continue;
            }

            // adjacent copies of floats are one
            int size = copy.Source == ColumnType.Single ? sizeof(float) : copy.Length;
            for (int at = 0; at < copy.Length; at += size)
            {
                int from = offset + at;
                Add((copy.Column, copy.Slot + (at / size)), slot => new StripCopies(from, copy.Source, slot));
            }
        }

        return true;
    }

    /// <summary>Adds a union of null and a value: the branch of the value has one step, the other none, or one that writes missing values to the same slots.</summary>
    private bool TryAddUnion(AvroStep step)
    {
        if (step.Branches is not [var first, var second])
        {
            return false;
        }

        (int missing, AvroStep[] none, AvroStep[] some) = first is [] or [{ Kind: AvroStepKind.Missing }] ? (0, first, second) : (1, second, first);
        if (some is not [var value] || none is not ([] or [{ Kind: AvroStepKind.Missing }]))
        {
            return false;
        }

        IEnumerable<(int, int)> written = value.Kind == AvroStepKind.Fixed ? value.Copies.Select(c => (c.Column, c.Slot)) : value.Targets.Select(t => (t.Column, t.Slot));
        IEnumerable<(int, int)> cleared = none is [var clear] ? clear.Targets.Select(t => (t.Column, t.Slot)) : [];
        return written.ToHashSet().SetEquals(cleared) && TryAdd(value, new StripUnion(missing));
    }

    private bool Add(StripStep step)
    {
        _drafts.Add((null, _ => step));
        return true;
    }

    private bool Add((int Column, int Slot) written, Func<int, StripStep> create)
    {
        _drafts.Add((written, create));
        return true;
    }

    /// <summary>Whether a copy becomes a float, and needs no check for being a binary label before it is rounded.</summary>
    private static bool IsNumber(FixedCopy copy) =>
        Array.TrueForAll(copy.Target, t => IsFloat(t) && (copy.Source != ColumnType.Double || t.Definition.Label != LabelKind.Binary));

    /// <summary>Whether the target is one float per row.</summary>
    private static bool IsFloat(ColumnTarget target) =>
        target is { IsList: false, IsLengths: false, Categories: null, Definition: { Type: ColumnType.Single, Tensor: null } } && !target.Definition.Fields[0].IsRagged;

    private StripPlan Create(CompiledPlan? rest, PartLayout layout)
    {
        Tile[] tiles = [.. Tiles()];
        Dictionary<(int, int), (Tile Tile, int Index)> places = tiles.SelectMany(tile => Enumerable.Range(0, tile.Slots).Select(i => (Key: (tile.Column, tile.First + i), Place: (tile, i)))).ToDictionary(p => p.Key, p => p.Place);
        var steps = new List<StripStep>();
        int areas = 0;
        var free = new Stack<int>();
        foreach (((int, int)? written, Func<int, StripStep> create) in _drafts)
        {
            if (written is not { } place)
            {
                steps.Add(create(-1));
                continue;
            }

            (Tile tile, int index) = places[place];
            if (tile.Area < 0)
            {
                tile.Area = free.Count > 0 ? free.Pop() : areas++;
            }

            steps.Add(create((tile.Area * StripTile.Most) + index));
            if (--tile.Unread == 0)
            {
                steps.Add(new StripTile(tile.Column, tile.First, tile.Slots, tile.Area * StripTile.Most));
                free.Push(tile.Area);
            }
        }

        int widest = tiles.MaxBy(t => layout.Columns[t.Column].Width)!.Column;
        return new StripPlan([.. steps], areas * StripTile.Most, widest, rest, layout);
    }

    /// <summary>Returns the slots that are written, adjacent ones together.</summary>
    private IEnumerable<Tile> Tiles()
    {
        foreach (IGrouping<int, int> column in _drafts.Where(d => d.Written is not null).Select(d => d.Written!.Value).ToLookup(w => w.Column, w => w.Slot))
        {
            int[] slots = [.. column.Order()];
            for (int start = 0, end; start < slots.Length; start = end)
            {
                end = start + 1;
                while (end < slots.Length && end - start < StripTile.Most && slots[end] == slots[end - 1] + 1)
                {
                    end++;
                }

                yield return new Tile(column.Key, slots[start], end - start);
            }
        }
    }

    /// <summary>Adjacent slots of a column.</summary>
    private sealed record Tile(int Column, int First, int Slots)
    {
        /// <summary>How many of them no step has read yet.</summary>
        public int Unread { get; set; } = Slots;

        /// <summary>Which part of the strip's memory has them until they are written to the block, or −1.</summary>
        public int Area { get; set; } = -1;
    }
}
