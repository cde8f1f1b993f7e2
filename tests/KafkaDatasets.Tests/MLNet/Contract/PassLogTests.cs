using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>MLContext.Log tells of each pass.</summary>
public sealed class PassLogTests
{
    private readonly MLContext _ml = new(1);
    private readonly List<string> _lines = [];

    public PassLogTests() => _ml.Log += (_, e) =>
    {
        if (e.RawMessage.Contains("rows of topic", StringComparison.Ordinal) || e.RawMessage.StartsWith("Reading", StringComparison.Ordinal))
        {
            Assert.Contains("KafkaDataView", e.Source, StringComparison.Ordinal);
            _lines.Add($"{e.Kind}: {e.RawMessage.Split(" in 0")[0]}");
        }
    };

    [Fact]
    public async Task Of_its_beginning_and_its_end()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(1500))).OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(_ml);
        using (DataViewRowCursor cursor = view.GetRowCursor([view.Schema["x"], view.Schema["id"]]))
        {
            Assert.Empty(_lines);
            while (cursor.MoveNext())
            {
            }
        }

        using (DataViewRowCursor left = view.GetRowCursor([]))
        {
            Assert.True(left.MoveNext());
            Assert.True(left.MoveNext());
        }

        view.GetRowCursor([]).Dispose();
        Assert.Equal(["Trace: Reading t 0[0, 1500): id, x", "Info: Read 1500 rows of topic 't'", "Trace: Reading t 0[0, 1500): ", "Info: Left after 2 rows of topic 't'"], _lines);
    }

    [Fact]
    public async Task Of_its_failure()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10))) { BeforeChunk = (_, _, _) => throw new BrokerException("gone") };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        using DataViewRowCursor cursor = dataset.ToDataView(_ml).GetRowCursor([]);
        Assert.Throws<BrokerException>(() => cursor.MoveNext());
        Assert.Throws<BrokerException>(() => cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
        Assert.Equal(["Trace: Reading t 0[0, 10): ", "Info: Failed after 0 rows of topic 't'"], _lines);
    }

    [Fact]
    public async Task And_changes_no_seed()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10))).OpenAsync(PipelineRows.Schema);
        dataset.ToDataView(_ml);
        Assert.Equal(ShuffledOnce(new MLContext(1)), ShuffledOnce(_ml));

        static IEnumerable<int> ShuffledOnce(MLContext ml) =>
            ml.Data.CreateEnumerable<Number>(ml.Data.ShuffleRows(new MLContext().Data.LoadFromEnumerable(Enumerable.Range(0, 50).Select(i => new Number { Value = i }))), reuseRowObject: false).Select(n => n.Value);
    }

    private sealed class Number
    {
        public int Value { get; set; }
    }
}
