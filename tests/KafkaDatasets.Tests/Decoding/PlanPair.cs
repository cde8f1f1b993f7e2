using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>A plan that is compiled, alone and in bulk, and the same one run step by step.</summary>
internal sealed class PlanPair
{
    /// <summary>How many good values are kept, to be read together with others.</summary>
    private const int Kept = 40;

    private readonly List<(byte[] Value, string Row)> _good = [];
    private readonly Random _random = new(1);
    private readonly PartPlan _compiled;
    private readonly PartPlan _stepByStep;
    private readonly RowBlock _compiledBlock;
    private readonly RowBlock _bulkBlock;
    private readonly RowBlock _block;

    public PlanPair(Func<PartPlan> compile, BlockColumn[] layout)
    {
        _compiled = compile();
        CompiledPlan.Interpret.Value = true;
        _stepByStep = compile();
        CompiledPlan.Interpret.Value = false;
        _compiledBlock = layout.Block();
        _bulkBlock = layout.Block();
        _block = layout.Block();
    }

    /// <summary>How many values the machine code has read by itself.</summary>
    public int InBulk { get; private set; }

    /// <summary>Whether the plan has machine code.</summary>
    public bool IsCompiled => _compiled.Bulk is CompiledPlan or StripPlan && _stepByStep.Bulk is not (CompiledPlan or StripPlan);

    /// <summary>Whether many values are read together.</summary>
    public bool IsStrip => _compiled.Bulk is StripPlan;

    /// <summary>Compares the rows of a value.</summary>
    /// <returns>Whether the value is good.</returns>
    public bool Compare(byte[] value, string what)
    {
        string? fault = _stepByStep.Fault(value, _block, out string? field);
        string? other = _compiled.Fault(value, _compiledBlock, out string? otherField);
        what = $"{what}: {Convert.ToHexString(value)}";
        Assert.True(fault == other, $"{what}: '{fault}' step by step, '{other}' compiled");
        if (_compiled.Bulk is { } bulk)
        {
            RecordChunk chunk = Chunk([value]);
            _bulkBlock.Clear();
            int next = bulk.Decode(chunk, 0, 1, _bulkBlock, BulkFrame.None);
            Assert.True(next == 0 || fault is null, $"{what}: '{fault}' step by step, a row in bulk");
            InBulk += next;
            if (next == 1)
            {
                Assert.True(Row(_block) == Row(_bulkBlock), $"{what}: {Row(_block)} step by step, {Row(_bulkBlock)} in bulk");
            }

            if (IsStrip)
            {
                CompareAmongOthers(bulk, value, next == 1 ? Row(_block) : null, what);
            }
        }

        if (fault is null)
        {
            Assert.True(Row(_block) == Row(_compiledBlock), $"{what}: {Row(_block)} step by step, {Row(_compiledBlock)} compiled");
        }
        else
        {
            Assert.Equal(field, otherField);
        }

        return fault is null;
    }

    /// <summary>Reads a value together with good ones, at any place among them; all of these must be rows, whatever the value is.</summary>
    /// <param name="bulk">The plan.</param>
    /// <param name="value">The value.</param>
    /// <param name="row">Its row, or null when it is not read in bulk.</param>
    /// <param name="what">What it is, for messages.</param>
    private void CompareAmongOthers(BulkPlan bulk, byte[] value, string? row, string what)
    {
        (byte[] Value, string? Row)[] all = [.. Enumerable.Range(0, _good.Count == 0 ? 0 : _random.Next(70)).Select(_ => _good[_random.Next(_good.Count)])];
        int own = _random.Next(all.Length + 1);
        all = [.. all[..own], (value, row), .. all[own..]];
        RecordChunk chunk = Chunk([.. all.Select(v => v.Value)]);
        _bulkBlock.Clear();
        _bulkBlock.EnsureRows(all.Length);
        int next = bulk.Decode(chunk, 0, all.Length, _bulkBlock, BulkFrame.None);
        if (row is null)
        {
            Assert.True(next == own, $"{what}: in bulk up to {next}, not {own}");
            next = bulk.Decode(chunk, own + 1, all.Length, _bulkBlock, BulkFrame.None);
        }

        Assert.True(next == all.Length, $"{what}: in bulk up to {next}, not {all.Length}, with the value at {own}");
        string[] rows = [.. all.Where(v => v.Row is not null).Select(v => v.Row!)];
        Assert.Equal(rows.Length, _bulkBlock.Rows);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.True(rows[i] == Row(_bulkBlock, i), $"{what}: {rows[i]} step by step, {Row(_bulkBlock, i)} among others, with the value at {own} and this one at {i}");
        }

        if (row is not null)
        {
            if (_good.Count == Kept)
            {
                _good.RemoveAt(_random.Next(Kept));
            }

            _good.Add((value, row));
        }
    }

    /// <summary>Values one after another, and then other bytes, which must not be taken for parts of the last one.</summary>
    private static RecordChunk Chunk(byte[][] values)
    {
        var entries = new RecordEntry[values.Length];
        int at = 3;
        for (int i = 0; i < values.Length; i++)
        {
            entries[i] = new RecordEntry { ValueStart = at, ValueLength = values[i].Length, KeyLength = -1 };
            at += values[i].Length;
        }

        byte[] bytes = [1, 2, 3, .. values.SelectMany(v => v), .. Enumerable.Range(0, 500).Select(i => (byte)(i * 7))];
        return new RecordChunk(0, _ => { }) { Bytes = bytes, ByteCount = bytes.Length, Entries = entries, Count = values.Length };
    }

    private static string Row(RowBlock block, int row = 0) => string.Join(';', block.Columns.Select(c => Values(c, row)));

    private static string Values(ColumnBuffer column, int row) => column switch
    {
        RaggedColumn lists => $"[{string.Join(',', Enumerable.Range(lists.Row(row).Start.Value, lists.Row(row).End.Value - lists.Row(row).Start.Value).Select(i => Slots(lists.Items, i, 1)))}]",
        TextColumn text => Slots(column, row * text.Width, text.Width),
        _ => Slots(column, row, -1),
    };

    private static string Slots(ColumnBuffer column, int first, int count)
    {
        if (column is TextColumn texts)
        {
            return string.Join(',', Enumerable.Range(first, count).Select(i => Convert.ToHexString(texts.Text(i))));
        }

        var values = (Array)column.GetType().GetProperty("Values")!.GetValue(column)!;
        int width = (int)column.GetType().GetProperty("Width")!.GetValue(column)!;
        return string.Join(',', values.Cast<object>().Skip(first * width).Take(count < 0 ? width : count).Select(v => v switch
        {
            float f => BitConverter.SingleToInt32Bits(f).ToString("x"),
            double d => BitConverter.DoubleToInt64Bits(d).ToString("x"),
            DateTime t => t.Ticks.ToString(),
            DateTimeOffset t => t.ToString("O"),
            _ => v.ToString(),
        }));
    }
}
