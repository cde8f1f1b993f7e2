using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>A plan that is compiled, alone and in bulk, and the same one run step by step.</summary>
internal sealed class PlanPair
{
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
    public bool IsCompiled => _compiled.Bulk is CompiledPlan && _stepByStep.Bulk is not CompiledPlan;

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
            // other values follow, which must not be taken for parts of this one
            RecordChunk chunk = new(0, _ => { })
            {
                Bytes = [1, 2, 3, .. value, .. Enumerable.Range(0, 500).Select(i => (byte)(i * 7))],
                Entries = [new RecordEntry { ValueStart = 3, ValueLength = value.Length, KeyLength = -1 }],
                Count = 1,
            };
            chunk.ByteCount = chunk.Bytes.Length;
            _bulkBlock.Clear();
            int next = bulk.Decode(chunk, 0, 1, _bulkBlock, BulkFrame.None);
            Assert.True(next == 0 || fault is null, $"{what}: '{fault}' step by step, a row in bulk");
            InBulk += next;
            if (next == 1)
            {
                Assert.True(Row(_block) == Row(_bulkBlock), $"{what}: {Row(_block)} step by step, {Row(_bulkBlock)} in bulk");
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

    private static string Row(RowBlock block) => string.Join(';', block.Columns.Select(Values));

    private static string Values(ColumnBuffer column) => column switch
    {
        RaggedColumn lists => $"[{string.Join(',', Enumerable.Range(lists.Row(0).Start.Value, lists.Row(0).End.Value - lists.Row(0).Start.Value).Select(i => Slots(lists.Items, i, 1)))}]",
        _ => Slots(column, 0, column is TextColumn text ? text.Width : -1),
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
