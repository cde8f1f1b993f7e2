using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>Views for whatever takes every column as a feature.</summary>
public sealed class ViewColumnsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_view_for_training_has_each_datum_once_and_nothing_of_where_it_was()
    {
        Assert.Equal(["Label", "Features", "y", "x", "note", "kind", "Partition", "Offset", "Timestamp", "Key"], await ColumnsAsync(ViewColumns.All));
        Assert.Equal(["Label", "Features", "note", "kind", "Key"], await ColumnsAsync(ViewColumns.Training));
    }

    [Fact]
    public async Task Rows_are_the_same()
    {
        await using KafkaDataset dataset = await OpenAsync(ViewColumns.Training);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal([true, false], view.GetColumn<bool>("Label"));
        Assert.Equal([1.5f, 2.5f], view.GetColumn<float[]>("Features").Select(f => f[0]));
        Assert.Equal(["a", "b"], view.GetColumn<string>("note"));
    }

    [Fact]
    public async Task A_key_or_a_text_as_a_feature_is_refused_with_the_cure()
    {
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(ViewColumns.All, ["kind", "note"]));
        Assert.Contains(e.Faults, f => f.Contains("'kind' is of type Key", StringComparison.Ordinal) && f.Contains("""OneHotEncoding("kind")""", StringComparison.Ordinal));
        Assert.Contains(e.Faults, f => f.Contains("'note' is of type Text", StringComparison.Ordinal) && f.Contains("""OneHotEncoding("note")""", StringComparison.Ordinal));
    }

    private static async Task<string[]> ColumnsAsync(ViewColumns columns)
    {
        await using KafkaDataset dataset = await OpenAsync(columns);
        return [.. dataset.ToDataView(new MLContext()).Schema.Select(c => c.Name)];
    }

    private static Task<KafkaDataset> OpenAsync(ViewColumns columns, IReadOnlyList<string>? features = null)
    {
        var engine = new FakeEngine([FakePartition.Of(0, ["true,1.5,a,k"u8.ToArray(), "false,2.5,b,l"u8.ToArray()])]);
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = "b:1",
            Format = RecordFormat.Csv([new DatasetColumn("y", ColumnType.Boolean), new("x", ColumnType.Single), new("note", ColumnType.Text), new("kind", ColumnType.Key, KeyValues: ["k", "l"])]),
            Label = LabelColumn.Binary("y"),
            Features = features,
            RecordColumns = [RecordColumn.Key()],
            ViewColumns = columns,
        };
        return KafkaDataset.OpenAsync(engine.Topic, options, (_, _) => engine, Token);
    }
}
