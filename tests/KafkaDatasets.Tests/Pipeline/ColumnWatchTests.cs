using System.Text;
using KafkaDatasets.Tests.Fetching;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Pipeline;

/// <summary>A column that is missing in every record of a pass is warned of: its name may be wrong.</summary>
public sealed class ColumnWatchTests : ILoggerProvider, ILogger
{
    private readonly List<string> _warnings = [];

    private IEnumerable<string> Missing => _warnings.Where(w => w.Contains("These columns had no value", StringComparison.Ordinal));

    [Fact]
    public async Task Of_declared_columns_of_JSON()
    {
        DatasetColumn[] columns = [new("amount", ColumnType.Double, true), new("Amout", ColumnType.Double, true), new("name", ColumnType.Text, true), new("after.x", ColumnType.Single, true), new("v", ColumnType.Double, true) { IsVector = true }];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(columns), [], [.. Enumerable.Range(0, 3000).Select(i => Encoding.UTF8.GetBytes(i == 2999 ? """{"amount":1,"v":[1]}""" : "{}"))]);
        for (int pass = 0; pass < 2; pass++)
        {
            dataset.ToDataView(new MLContext()).Read("amount", "Amout", "name", "after.x", "v");
        }

        string warning = Assert.Single(Missing);
        Assert.Contains("3000 rows of topic t", warning);
        Assert.Equal(["Amout", "after.x", "name"], warning.Split("topic t: ")[1].Split(';')[0].Split(", ").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_features_in_batches()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(["a", "b", "c"]), [], "1,,2"u8.ToArray(), ",,nan"u8.ToArray());
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            batch.Dispose();
        }

        Assert.Contains("topic t: b;", Assert.Single(Missing));
    }

    [Fact]
    public async Task Of_keys_of_maps()
    {
        string schema = Record("""{"name":"m","type":{"type":"map","values":"int"}}""");
        byte[] value = Encode(e =>
        {
            e.WriteMapStart();
            e.SetItemCount(1);
            e.WriteString("k");
            e.WriteInt(5);
            e.WriteMapEnd();
        });
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Avro(schema), ["m.k", "m.K"], value);
        Assert.Equal([[5.0, double.NaN]], dataset.ToDataView(new MLContext()).Read("m.k", "m.K"));
        Assert.Contains("topic t: m.K;", Assert.Single(Missing));
    }

    [Fact]
    public async Task Not_of_a_pass_that_was_not_read_to_its_end_or_had_no_rows()
    {
        DatasetColumn[] columns = [new("x", ColumnType.Double, true)];
        await using KafkaDataset empty = await OpenAsync(RecordFormat.Json(columns), []);
        empty.ToDataView(new MLContext()).Read("x");
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(columns), [], "{}"u8.ToArray(), "{}"u8.ToArray());
        IDataView view = dataset.ToDataView(new MLContext());
        using (DataViewRowCursor cursor = view.GetRowCursor(view.Schema))
        {
            cursor.MoveNext();
        }

        Assert.Empty(Missing);
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_warnings)
        {
            if (logLevel >= LogLevel.Warning)
            {
                _warnings.Add(formatter(state, exception));
            }
        }
    }

    public void Dispose()
    {
    }

    private Task<KafkaDataset> OpenAsync(RecordFormat format, string[] extra, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, ExtraColumns = extra, LoggerFactory = new LoggerFactory([this]) });
}
