using System.IO.Compression;
using System.Text;
using Confluent.SchemaRegistry;
using Google.Protobuf.WellKnownTypes;
using KafkaDatasets.MLNet;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>A loader goes into a model file and comes back, and finds features by name whatever the order of a schema's fields.</summary>
public sealed class KafkaDataLoaderTests : IDisposable
{
    private const string Secret = "hunter2";
    private const string AmountFirst = """{"type":"record","name":"Loan","fields":[{"name":"Amount","type":"float"},{"name":"Age","type":"float"},{"name":"IsBad","type":"boolean"}]}""";
    private const string AgeFirst = """{"type":"record","name":"Loan","fields":[{"name":"Age","type":"float"},{"name":"Note","type":"string","default":""},{"name":"Amount","type":"float"},{"name":"IsBad","type":"boolean"}]}""";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly CachedSchemaRegistryClient _registry;
    private readonly string _file = Path.GetTempFileName();

    public KafkaDataLoaderTests()
    {
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _registry.Dispose();
        _kafka.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task A_model_saved_with_its_loader_finds_its_features_by_name_after_the_schema_has_changed()
    {
        await WriteAsync("loans", AmountFirst, 400);
        var ml = new MLContext(seed: 1);
        KafkaDataLoader loader = ml.Data.CreateKafkaLoader(Cluster with { Label = LabelColumn.Binary("IsBad") });
        IDataView loans = loader.Load("loans");
        ITransformer model = ml.BinaryClassification.Trainers.FastTree().Fit(loans);
        Assert.Equal(loans.Schema.Select(c => (c.Name, c.Type)), loader.GetOutputSchema().Select(c => (c.Name, c.Type)));
        ml.Model.Save(model, loader, _file);

        await WriteAsync("loans", AgeFirst, 400);
        var later = new MLContext(seed: 2);
        ITransformer loaded = later.Model.LoadWithDataLoader(_file, out IDataLoader<IMultiStreamSource> back);
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl }); // a client keeps the newest schema that it has seen
        KafkaDatasetOptions cluster = Cluster with { SchemaRegistry = registry };
        IDataView now = back.Load(new KafkaTopicSource("loans", cluster));

        Assert.Equal(loans.Schema.Select(c => (c.Name, c.Type)), now.Schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(["Amount", "Age"], SlotNames(now.Schema));
        Assert.Equal(1, later.BinaryClassification.Evaluate(loaded.Transform(now)).AreaUnderRocCurve);

        // what the newest schema's order would have made of it
        IDataView byOrder = KafkaDataView.FromTopic(later, "loans", cluster with { Label = LabelColumn.Binary("IsBad") });
        Assert.Equal(["Age", "Amount"], SlotNames(byOrder.Schema));
        Assert.InRange(later.BinaryClassification.Evaluate(loaded.Transform(byOrder)).AreaUnderRocCurve, 0.2, 0.8);
    }

    [Fact]
    public async Task The_file_holds_no_address_and_no_secret_and_its_schema_is_known_without_a_cluster()
    {
        await WriteAsync("loans", AmountFirst, 10);
        var ml = new MLContext(seed: 1);
        KafkaDataLoader loader = ml.Data.CreateKafkaLoader(Cluster with
        {
            Label = LabelColumn.Binary("IsBad"),
            ClientConfig = new Dictionary<string, string> { ["sasl.password"] = Secret },
        });
        IDataView loans = loader.Load("loans");
        ml.Model.Save(ml.Transforms.CopyColumns("Copy", "Amount").Fit(loans), loader, _file);

        using (ZipArchive zip = await ZipFile.OpenReadAsync(_file, Token))
        {
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                using var content = new MemoryStream();
                await using Stream stream = await entry.OpenAsync(Token);
                await stream.CopyToAsync(content, Token);
                string text = Encoding.Latin1.GetString(content.ToArray());
                Assert.DoesNotContain(Secret, text);
                Assert.DoesNotContain(_kafka.BootstrapServers, text);
                Assert.DoesNotContain("localhost", text);
            }
        }

        new MLContext().Model.Load(_file, out DataViewSchema schema);
        Assert.Equal(loans.Schema.Select(c => (c.Name, c.Type)), schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(["Amount", "Age"], SlotNames(schema));

        new MLContext().Model.LoadWithDataLoader(_file, out IDataLoader<IMultiStreamSource> back);
        Assert.Contains("KafkaTopicSource", Assert.Throws<InvalidOperationException>(() => ((KafkaDataLoader)back).Load("loans")).Message);
        Assert.Contains("MultiFileSource", Assert.Throws<ArgumentException>(() => back.Load(new MultiFileSource("x"))).Message);
    }

    [Fact]
    public async Task A_topic_without_the_columns_is_an_exception_that_names_all_of_them()
    {
        await WriteAsync("loans", AgeFirst, 10);
        await WriteAsync("others", """{"type":"record","name":"Loan","fields":[{"name":"Amount","type":"double"},{"name":"Years","type":"float"},{"name":"Age","type":"float"},{"name":"IsBad","type":"boolean"}]}""", 10);
        KafkaDataLoader loader = new MLContext().Data.CreateKafkaLoader(Cluster with { Label = LabelColumn.Binary("IsBad"), Features = ["Age"] });
        Assert.Contains("unknown until", Assert.Throws<InvalidOperationException>(loader.GetOutputSchema).Message);
        loader.Load("loans");

        SchemaException e = Assert.Throws<SchemaException>(() => loader.Load("others"));
        Assert.Equal("The topic 'others' has not the columns of the loader: field 'Note' of type String is missing; field 'Amount' is of type Double, not Single.", e.Message);
        Assert.Equal("others", e.Topic);
    }

    [Fact]
    public async Task Everything_that_a_row_is_comes_back()
    {
        _kafka.CreateTopic("events", 1);
        using (var producer = new Confluent.Kafka.ProducerBuilder<string, string>(new Confluent.Kafka.ProducerConfig { BootstrapServers = _kafka.BootstrapServers }).Build())
        {
            foreach ((string key, string value) in (IEnumerable<(string, string)>)[("u1", "b,1.5,7"), ("u2", "a,2.5,8"), ("u3", "z,,9")])
            {
                await producer.ProduceAsync("events", new Confluent.Kafka.Message<string, string> { Key = key, Value = value, Headers = new Confluent.Kafka.Headers { { "source", "web"u8.ToArray() } } }, Token);
            }
        }

        KafkaDatasetOptions options = Cluster with
        {
            Format = RecordFormat.Csv([new DatasetColumn("Kind", ColumnType.Text), new("X", ColumnType.Single, IsNullable: true), new("N", ColumnType.Int64)]),
            Label = LabelColumn.Category("kind", ["a", "b"]),
            Features = ["n", "x"],
            RecordColumns = [RecordColumn.Key("User"), RecordColumn.HeaderBytes("source")],
            ColumnNameCaseInsensitive = true,
            ViewColumns = ViewColumns.Training,
        };
        var ml = new MLContext(seed: 1);
        KafkaDataLoader loader = ml.Data.CreateKafkaLoader(options);
        IDataView before = loader.Load("events");
        ml.Model.Save(ml.Transforms.CopyColumns("Copy", "User").Fit(before), loader, _file);
        new MLContext().Model.LoadWithDataLoader(_file, out IDataLoader<IMultiStreamSource> back);
        IDataView after = back.Load(new KafkaTopicSource("events", Cluster));

        Assert.Equal(["Label", "Features", "User", "source"], after.Schema.Select(c => c.Name));
        Assert.Equal(before.Schema.Select(c => (c.Name, c.Type)), after.Schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(["N", "X"], SlotNames(after.Schema));
        Assert.Equal([2u, 1, 0], after.GetColumn<uint>("Label"));
        Assert.Equal([[7, 1.5f], [8, 2.5f], [9, float.NaN]], after.GetColumn<float[]>("Features"));
        Assert.Equal(["u1", "u2", "u3"], after.GetColumn<string>("User"));
        Assert.All(after.GetColumn<byte[]>("source"), bytes => Assert.Equal("web"u8, bytes));
        VBuffer<ReadOnlyMemory<char>> categories = default;
        after.Schema["Label"].GetKeyValues(ref categories);
        Assert.Equal(["a", "b"], categories.DenseValues().Select(c => c.ToString()));
    }

    public static TheoryData<string> Formats => [.. EveryFormat().Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Every_format_is_the_same_after_it_was_saved(string name)
    {
        RecordFormat format = EveryFormat().Single(f => f.Name == name).Format;
        SavedLoader saved = new() { Format = format.Description, FormatName = "", Record = "R", Columns = [] };
        string json = System.Text.Json.JsonSerializer.Serialize(saved, SavedLoaderJson.Default.SavedLoader);
        RecordFormat back = System.Text.Json.JsonSerializer.Deserialize(json, SavedLoaderJson.Default.SavedLoader)!.Format!.Create();

        Assert.Equal(format.GetType(), back.GetType());
        Assert.Equal(json, System.Text.Json.JsonSerializer.Serialize(saved with { Format = back.Description }, SavedLoaderJson.Default.SavedLoader));
        if (format is RecordFormat.BareFormat)
        {
            _kafka.CreateTopic(name, 1);
            await using KafkaDataset before = await KafkaDataset.OpenAsync(name, Cluster with { Format = format }, Token);
            await using KafkaDataset after = await KafkaDataset.OpenAsync(name, Cluster with { Format = back }, Token);
            Assert.Equal(before.Schema.Columns.Select(Text), after.Schema.Columns.Select(Text));
        }

        static string Text(DatasetColumn c) => (c with { KeyValues = null }) + string.Join("|", c.KeyValues ?? []);
    }

    private static IEnumerable<(string Name, RecordFormat Format)> EveryFormat() =>
    [
        ("registry", RecordFormat.Registry),
        ("subject", RecordFormat.RegistrySubject("s", 3, "shop.Order")),
        ("avro", RecordFormat.Avro(PipelineRows.Schema)),
        ("json", RecordFormat.Json("""{"type":"object","properties":{"x":{"type":"number"}}}""")),
        ("json-columns", RecordFormat.Json([new DatasetColumn("x.y", ColumnType.Double, IsNullable: true), new("k", ColumnType.Key, KeyValues: ["a", "b"]), new("p", ColumnType.Double) { DecimalScale = 2 }])),
        ("csv", RecordFormat.Csv(["a", "b"], "k")),
        ("csv-columns", RecordFormat.Csv([new DatasetColumn("t", ColumnType.Text), new("n", ColumnType.Int64)])),
        ("csv-missing", RecordFormat.Csv([new("t", ColumnType.Text), new("at", ColumnType.DateTimeOffset) { Unit = TimeUnit.Second }], key: null, ["NA", @"\N"])),
        ("floats", RecordFormat.Float32(["a", "b"])),
        ("float-vector", RecordFormat.Float32(3, "v")),
        ("protobuf", RecordFormat.Protobuf(Duration.Descriptor)),
    ];

    private static string[] SlotNames(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Features"].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private KafkaDatasetOptions Cluster => new() { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry };

    private async Task WriteAsync(string topic, string schema, int rows)
    {
        await using KafkaRecordWriter<Loan> writer = await KafkaRecordWriter<Loan>.OpenAsync(
            topic, new KafkaWriterOptions { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry, Schema = schema, Partitions = 1 }, Token);
        var random = new Random(rows);
        for (int i = 0; i < rows; i++)
        {
            float amount = 100 * random.NextSingle();
            await writer.WriteAsync(new Loan { Amount = amount, Age = 100 * random.NextSingle(), IsBad = amount > 50 }, Token);
        }

        await writer.FlushAsync(Token);
    }

    public sealed class Loan
    {
        public float Amount { get; init; }

        public float Age { get; init; }

        public float Years { get; init; }

        public string Note { get; init; } = "";

        public bool IsBad { get; init; }
    }
}
