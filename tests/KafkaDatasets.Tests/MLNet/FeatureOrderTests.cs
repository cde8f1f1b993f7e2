using Confluent.SchemaRegistry;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>A schema whose fields change places is told of, and a saved model gets its features in its own order.</summary>
public sealed class FeatureOrderTests : IDisposable
{
    private const string AmountFirst = """{"type":"record","name":"Loan","fields":[{"name":"Amount","type":"float"},{"name":"Age","type":"float"},{"name":"V","type":{"type":"array","items":"float"},"default":[]}]}""";
    private const string AgeFirst = """{"type":"record","name":"Loan","fields":[{"name":"Age","type":"float"},{"name":"Amount","type":"float"}]}""";
    private const string WithNote = """{"type":"record","name":"Loan","fields":[{"name":"Amount","type":"float"},{"name":"Income","type":"float","default":0},{"name":"Age","type":"float"}]}""";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _kafka.Dispose();

    [Fact]
    public async Task A_newest_schema_in_another_order_is_a_warning_unless_the_features_are_named()
    {
        _kafka.CreateTopic("loans", 1);
        await RegisterAsync("loans-value", AmountFirst);
        Assert.Empty(await WarningsAsync("loans"));
        await RegisterAsync("loans-value", WithNote);
        Assert.Empty(await WarningsAsync("loans"));
        await RegisterAsync("loans-value", AgeFirst);

        string warning = Assert.Single(await WarningsAsync("loans"));
        Assert.Contains("subject 'loans-value' version 1", warning);
        Assert.Contains("in another order (Amount, Age) than the dataset's schema (Age, Amount)", warning);
        Assert.Empty(await WarningsAsync("loans", ["Amount", "Age"]));
        Assert.Empty(await WarningsAsync("loans", null, RecordFormat.RegistrySubject("loans-value", 3)));
    }

    [Fact]
    public async Task Features_of_a_saved_model_are_found_by_name()
    {
        _kafka.CreateTopic("loans", 1);
        await RegisterAsync("loans-value", AmountFirst);
        var ml = new MLContext();
        using (CachedSchemaRegistryClient registry = Registry())
        {
            IDataView loans = KafkaDataView.FromTopic(ml, "loans", Options(registry));
            ml.Model.Save(ml.Transforms.CopyColumns("Copy", "Amount").Fit(loans), loans.Schema, "features.zip");
        }

        await RegisterAsync("loans-value", AgeFirst);
        ml.Model.Load("features.zip", out DataViewSchema schema);
        File.Delete("features.zip");
        using CachedSchemaRegistryClient later = Registry();
        KafkaDatasetOptions options = Options(later).WithFeaturesOf(schema);
        Assert.Equal(["Amount", "Age"], options.Features);
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("loans", options, Token);
        Assert.Equal(["Amount", "Age"], dataset.Features);
    }

    [Fact]
    public void A_vector_is_one_feature_and_what_has_no_names_is_refused()
    {
        _kafka.CreateTopic("floats", 1);
        var ml = new MLContext();
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = _kafka.BootstrapServers,
            Format = RecordFormat.Json([new DatasetColumn("v", ColumnType.Single) { IsVector = true, Size = 3 }, new("a", ColumnType.Single), new("w.0", ColumnType.Single)]),
            Features = ["a", "v", "w.0"],
        };
        IDataView view = KafkaDataView.FromTopic(ml, "floats", options);
        Assert.Equal(["a", "v", "w.0"], (options with { Features = null }).WithFeaturesOf(view.Schema).Features);
        Assert.Contains("no column 'X'", Assert.Throws<ArgumentException>(() => options.WithFeaturesOf(view.Schema, "X")).Message);
        Assert.Contains("no names for its slots", Assert.Throws<ArgumentException>(() => options.WithFeaturesOf(view.Schema, "v")).Message);
    }

    private KafkaDatasetOptions Options(ISchemaRegistryClient registry) => new() { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = registry };

    private CachedSchemaRegistryClient Registry() => new(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });

    private async Task RegisterAsync(string subject, string schema)
    {
        using CachedSchemaRegistryClient registry = Registry();
        await registry.UpdateCompatibilityAsync(Compatibility.None, subject);
        await registry.RegisterSchemaAsync(subject, new Schema(schema, SchemaType.Avro));
    }

    private async Task<IReadOnlyList<string>> WarningsAsync(string topic, IReadOnlyList<string>? features = null, RecordFormat? format = null)
    {
        using CachedSchemaRegistryClient registry = Registry();
        using var log = new Warnings();
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic, Options(registry) with { Features = features, Format = format ?? RecordFormat.Registry, LoggerFactory = log }, Token);
        return log.Lines;
    }

    private sealed class Warnings : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
