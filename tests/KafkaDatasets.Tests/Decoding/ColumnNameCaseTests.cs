using System.Text;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>ksqlDB's schemas, with nullable columns in upper case, by names in any case.</summary>
public sealed class ColumnNameCaseTests
{
    private const string Avro = """
        {"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[
          {"name":"SIGNAL","type":["null","double"],"default":null},
          {"name":"LEPTON_1_PT","type":["null","double"],"default":null},
          {"name":"EXTRA","type":["null",{"type":"map","values":["null","double"]}],"default":null}]}
        """;

    private const string Json = """
        {"type":"object","properties":{
          "SIGNAL":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"number","connect.type":"float64"}]},
          "LEPTON_1_PT":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"number","connect.type":"float64"}]},
          "EXTRA":{"connect.index":2,"oneOf":[{"type":"null"},{"type":"object","connect.type":"map","additionalProperties":{"oneOf":[{"type":"null"},{"type":"number","connect.type":"float64"}]}}]}}}
        """;

    private static readonly byte[][] AvroValues =
    [
        [2, .. BitConverter.GetBytes(1.0), 2, .. BitConverter.GetBytes(0.5), 2, 2, 2, (byte)'k', 2, .. BitConverter.GetBytes(7.0), 0],
        [2, .. BitConverter.GetBytes(0.0), 0, 0],
    ];

    private static readonly byte[][] JsonValues =
        [.. ((string[])["""{"SIGNAL":1.0,"LEPTON_1_PT":0.5,"EXTRA":{"k":7.0}}""", """{"SIGNAL":0.0,"LEPTON_1_PT":null,"EXTRA":null}"""]).Select(Encoding.UTF8.GetBytes)];

    public static TheoryData<bool> Formats => [true, false];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Names_in_any_case_find_the_schemas_columns(bool isAvro)
    {
        await using KafkaDataset dataset = await OpenAsync(isAvro, true, LabelColumn.Binary("signal"), ["Lepton_1_pt", "extra.k"], ["Extra.k"]);
        Assert.Equal(["SIGNAL", "LEPTON_1_PT", "EXTRA.k"], dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal(["LEPTON_1_PT", "EXTRA.k"], dataset.Features);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal([[true, new[] { 0.5f, 7f }, 1.0], [false, new[] { float.NaN, float.NaN }, 0.0]], view.Read("Label", "Features", "SIGNAL"));
        Assert.Null(view.Schema.GetColumnOrNull("signal"));

        int rows = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = ["lepton_1_pt", TensorColumn.Double("EXTRA.k")] }, TestContext.Current.CancellationToken))
        {
            rows += batch.Rows;
            Assert.Equal((0.5f, 0.5f, 7.0), (batch["lepton_1_pt"][0], batch["LEPTON_1_PT"][0], batch.Get<double>("EXTRA.k")[0]));
            batch.Dispose();
        }

        Assert.Equal(2, rows);
    }

    [Fact]
    public async Task The_label_is_no_feature_by_default()
    {
        await using KafkaDataset dataset = await OpenAsync(true, true, LabelColumn.Regression("Signal"), null, []);
        Assert.Equal(["LEPTON_1_PT"], dataset.Features);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task By_default_case_counts(bool isAvro) =>
        Assert.Contains("no field 'signal'", (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(isAvro, false, LabelColumn.Binary("signal"), null, []))).Message);

    [Fact]
    public async Task One_column_by_two_names_is_a_fault()
    {
        var e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(true, true, LabelColumn.Binary("signal"), ["lepton_1_pt", "LEPTON_1_PT", "Signal"], []));
        Assert.Contains("'LEPTON_1_PT', which is named before", e.Message);
        Assert.Contains("'Signal' is the label 'SIGNAL'", e.Message);
    }

    [Fact]
    public async Task The_exact_name_comes_first_and_an_ambiguous_one_is_a_fault()
    {
        const string schema = """{"type":"record","name":"R","fields":[{"name":"Ab","type":"float"},{"name":"aB","type":"float"}]}""";
        byte[] value = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)];
        KafkaDatasetOptions Options(string feature) => new() { BootstrapServers = "fake:1", Format = RecordFormat.Avro(schema), ColumnNameCaseInsensitive = true, Features = [feature] };
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(Options("aB"));
        Assert.Equal([[new[] { 2f }]], dataset.ToDataView(new MLContext()).Read("Features"));
        var e = await Assert.ThrowsAsync<InvalidOptionsException>(() => new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(Options("ab")));
        Assert.Contains("'ab' is ambiguous", e.Message);
        Assert.Contains("'Ab' or 'aB'", e.Message);
        Assert.Throws<InvalidOptionsException>(() => dataset.ReadBatchesAsync(new BatchOptions { Tensors = ["AB"] }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_ambiguous_key_of_a_map_is_a_fault()
    {
        const string map = """{"type":"map","values":"float"}""";
        const string schema = $$"""{"type":"record","name":"R","fields":[{"name":"Ab","type":{{map}}},{"name":"aB","type":{{map}}}]}""";
        var e = await Assert.ThrowsAsync<InvalidOptionsException>(() => new FakeEngine(FakePartition.Of(0, [[0, 0]])).OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(schema), ColumnNameCaseInsensitive = true, ExtraColumns = ["ab.k"] }));
        Assert.Contains("'Ab.k' or 'aB.k'", e.Message);
    }

    private static Task<KafkaDataset> OpenAsync(bool isAvro, bool ignoreCase, LabelColumn label, IReadOnlyList<string>? features, IReadOnlyList<string> extraColumns) =>
        new FakeEngine(FakePartition.Of(0, isAvro ? AvroValues : JsonValues)).OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            Format = isAvro ? RecordFormat.Avro(Avro) : RecordFormat.Json(Json),
            ColumnNameCaseInsensitive = ignoreCase,
            Label = label,
            Features = features,
            ExtraColumns = extraColumns,
        });
}
