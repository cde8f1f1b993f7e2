using Confluent.SchemaRegistry;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>Views whose columns a class says.</summary>
public sealed class TypedViewTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly CachedSchemaRegistryClient _registry;
    private readonly MLContext _ml = new(seed: 1);

    public TypedViewTests()
    {
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KafkaDatasetOptions Cluster => new() { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry };

    public void Dispose()
    {
        _registry.Dispose();
        _kafka.Dispose();
    }

    [Fact]
    public async Task Columns_label_and_features_are_those_of_the_class()
    {
        await WriteAsync("visits", i => new Visit { Seconds = i, Pages = i % 3, Page = $"p{i}", Bought = i % 2 == 0, Weights = [i, 2 * i] }, 4);
        IDataView visits = _ml.Data.LoadFromKafka<Row>("visits", Cluster);

        Assert.Equal(["Label", "Features", "Pages", "Page"], visits.Schema.Select(c => c.Name));
        Assert.Equal([true, false, true, false], visits.GetColumn<bool>("Label"));
        Assert.Equal([0f, 1f, 2f, 0f], visits.GetColumn<float[]>("Features").Select(f => Assert.Single(f)));
        Row third = _ml.Data.CreateEnumerable<Row>(_ml.Transforms.DropColumns("Features").Fit(visits).Transform(visits), reuseRowObject: false).ElementAt(2);
        Assert.Equal((2, "p2", true), (third.Pages, third.Url, third.Bought));
    }

    [Fact]
    public async Task Features_are_the_member_that_is_called_so_or_what_the_options_name()
    {
        await WriteAsync("visits", i => new Visit { Seconds = i, Pages = i, Page = "", Weights = [i, 2 * i] }, 3);

        _kafka.CreateTopic("weights", 1);
        RecordFormat two = RecordFormat.Json([new DatasetColumn("other", ColumnType.Single), new("Weights", ColumnType.Single) { IsVector = true, Size = 2 }]);
        IDataView weights = KafkaDataView.FromTopic<Weighed>(_ml, "weights", Cluster with { Format = two });
        Assert.Equal(["Features"], weights.Schema.Select(c => c.Name));
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), weights.Schema["Features"].Type);

        IDataView named = KafkaDataView.FromTopic<Weighed>(_ml, "visits", Cluster with { Features = ["Seconds", "Pages"], Label = LabelColumn.Binary("Bought") });
        Assert.Equal(["Label", "Features"], named.Schema.Select(c => c.Name));
        Assert.Equal([2f, 2f], named.GetColumn<float[]>("Features").ElementAt(2));
    }

    [Fact]
    public async Task What_does_not_fit_is_named_at_once_with_field_and_type()
    {
        await WriteAsync("visits", i => new Visit { Page = "" }, 1);

        SchemaException e = Assert.Throws<SchemaException>(() => _ml.Data.LoadFromKafka<Wrong>("visits", Cluster));
        Assert.Equal(
            "The class Wrong does not fit the topic 'visits': 'Seconds' (Double): the field 'Seconds' is of type Single; 'Pages' (String): the field 'Pages' is of type Int32; "
            + "'Missing' (Single): the topic has no field 'Missing'; 'Other' (Single): the topic has no field 'renamed' or 'Other'.",
            e.Message);
        Assert.Equal("visits", e.Topic);
        Assert.Contains("no public property", Assert.Throws<SchemaException>(() => _ml.Data.LoadFromKafka<Nothing>("visits", Cluster)).Message);
        Assert.Contains("[NoColumn]", Assert.Throws<SchemaException>(() => _ml.Data.LoadFromKafka<Money>("visits", Cluster)).Message);
    }

    [Fact]
    public void A_class_generated_from_Protobuf_asks_for_the_fields_of_its_schema()
    {
        _kafka.CreateTopic("durations", 1);
        IDataView durations = _ml.Data.LoadFromKafka<Google.Protobuf.WellKnownTypes.SourceContext>("durations", Cluster with { Format = RecordFormat.Protobuf(Google.Protobuf.WellKnownTypes.SourceContext.Descriptor) });
        Assert.Equal(["file_name"], durations.Schema.Select(c => c.Name));
    }

    [Fact]
    public void A_class_generated_from_Avro_asks_for_the_fields_of_its_schema()
    {
        _kafka.CreateTopic("points", 1);
        KafkaDatasetOptions options = Cluster with { Format = RecordFormat.Avro("""{"type":"record","name":"P","fields":[{"name":"other","type":"int"},{"name":"y","type":"double"},{"name":"x","type":"float"}]}""") };
        IDataView points = _ml.Data.LoadFromKafka<Point>("points", options);
        Assert.Equal(["Features", "x", "y"], points.Schema.Select(c => c.Name));

        SchemaException e = Assert.Throws<SchemaException>(() => _ml.Data.LoadFromKafka<Point>(
            "points", Cluster with { Format = RecordFormat.Avro("""{"type":"record","name":"P","fields":[{"name":"y","type":"float"}]}""") }));
        Assert.Contains("'x' (Single): the topic has no field 'x'; 'y' (Double): the field 'y' is of type Single", e.Message);
    }

    private async Task WriteAsync(string topic, Func<int, Visit> row, int rows)
    {
        await using KafkaRecordWriter<Visit> writer = await KafkaRecordWriter<Visit>.OpenAsync(
            topic, new KafkaWriterOptions { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry, Partitions = 1 }, Token);
        for (int i = 0; i < rows; i++)
        {
            await writer.WriteAsync(row(i), Token);
        }

        await writer.FlushAsync(Token);
    }

    public sealed class Visit
    {
        public float Seconds { get; init; }

        public int Pages { get; init; }

        public required string Page { get; init; }

        public bool Bought { get; init; }

        public float[] Weights { get; init; } = [];
    }

    public sealed class Row
    {
        public int Pages { get; set; }

        [ColumnName("Page")]
        public string Url { get; set; } = "";

        [ColumnName("Label")]
        public bool Bought { get; set; }
    }

    public sealed class Weighed
    {
        [ColumnName("Features"), VectorType(2)]
        public float[] Weights { get; set; } = [];
    }

    public sealed class Wrong
    {
        public double Seconds { get; set; }

        public string Pages { get; set; } = "";

        public float Missing { get; set; }

        [ColumnName("renamed")]
        public float Other { get; set; }
    }

    public sealed class Nothing;

    public sealed class Money
    {
        public decimal Amount { get; set; }
    }

    public sealed class Point : Avro.Specific.ISpecificRecord
    {
        public Avro.Schema Schema => Avro.Schema.Parse("""{"type":"record","name":"P","fields":[{"name":"x","type":"float"},{"name":"y","type":"double"}]}""");

        public object? Get(int fieldPos) => null;

        public void Put(int fieldPos, object fieldValue)
        {
        }
    }
}
