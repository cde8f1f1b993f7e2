using System.Text;
using System.Text.Json.Nodes;
using Confluent.SchemaRegistry;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>Checkpoints know the schemas that were learned from: the dataset's own, and those that records were written with.</summary>
public sealed class LearnedSchemaTests : IDisposable
{
    private const string Topic = "events";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly List<CachedSchemaRegistryClient> _registries = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("kafka-schemas").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CheckpointStore Store => CheckpointStore.Directory(_directory);

    private KafkaDatasetOptions Options => new() { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = Registry(), Label = LabelColumn.Binary("label") };

    public void Dispose()
    {
        _registries.ForEach(r => r.Dispose());
        _kafka.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_checkpoint_names_the_schemas_and_goes_on_with_a_newer_one_of_the_same_columns()
    {
        int first = await WriteAsync(new First(1, 2, true), new First(2, 1, false));
        LearningCheckpoint before = await LearnAsync(Options);
        Assert.Equal($"subject 'events-value' version 1 (id {first})", before.SchemaSource);
        Assert.Equal([WriterSchemaId.FromId(first)], before.WriterSchemas);

        int second = await WriteAsync(new Wider(3, 1, true, "x"));
        LearningCheckpoint after = await LearnAsync(Options);
        Assert.Equal(3, after.Rows);
        Assert.Equal($"subject 'events-value' version 2 (id {second})", after.SchemaSource);
        Assert.Equal([WriterSchemaId.FromId(first), WriterSchemaId.FromId(second)], after.WriterSchemas);

        LearningCheckpoint read = (await Store.ReadLatestAsync(Token))!;
        Assert.Equal(after.SchemaSource, read.SchemaSource);
        Assert.Equal(after.WriterSchemas, read.WriterSchemas);
    }

    [Fact]
    public async Task A_schema_whose_features_differ_is_refused_by_an_error_that_names_both()
    {
        int first = await WriteAsync(new First(1, 2, true), new First(2, 1, false));
        await LearnAsync(Options);
        int other = await WriteAsync(new Retyped(1, 2, true));
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => LearnAsync(Options));
        Assert.Contains($"subject 'events-value' version 1 (id {first})", e.Message);
        Assert.Contains($"subject 'events-value' version 2 (id {other})", e.Message);
        Assert.Contains("'a' was Single and is Double", e.Message);
        Assert.DoesNotContain("'b'", e.Message);

        int lacking = await WriteAsync(new Narrower(1, true));
        e = await Assert.ThrowsAsync<CheckpointException>(() => LearnAsync(Options));
        Assert.Contains($"version 3 (id {lacking})", e.Message);
        Assert.Contains("'b' is missing", e.Message);
        e = await Assert.ThrowsAsync<CheckpointException>(() => OnlineTrainer.ReplayAsync(Topic, Options, Learner(), Store, cancellationToken: Token));
        Assert.Contains("'b' is missing", e.Message);

        // The remedy that the message names: the schema as it was.
        KafkaDatasetOptions asItWas = Options with { Format = RecordFormat.RegistrySubject("events-value", version: 1), OnBadRecord = BadRecordPolicy.Skip };
        Assert.Contains("version 1", (await LearnAsync(asItWas)).SchemaSource);
    }

    [Fact]
    public async Task A_checkpoint_of_an_earlier_version_of_the_library_is_read_and_has_no_schemas()
    {
        await WriteAsync(new First(1, 2, true), new First(2, 1, false));
        await LearnAsync(Options);
        string file = Assert.Single(Directory.GetFiles(_directory, "*.checkpoint"));
        await File.WriteAllBytesAsync(file, OfEarlierVersion(await File.ReadAllBytesAsync(file, Token)), Token);
        LearningCheckpoint old = (await Store.ReadLatestAsync(Token))!;
        Assert.Equal("", old.SchemaSource);
        Assert.Empty(old.WriterSchemas);

        // It does not name its split either: a replay of other rows is found by their number.
        KafkaDatasetOptions others = Options with { Split = DatasetSplit.ByOffset(0, 0.001) };
        DataLossException loss = await Assert.ThrowsAsync<DataLossException>(() => OnlineTrainer.ReplayAsync(Topic, others, Learner(), Store, cancellationToken: Token));
        Assert.Contains("has learned 2 rows, and learning again gave 0, so the model is not the same", loss.Message);
        await WriteAsync(new Retyped(1, 2, true));
        Assert.Contains($"has learned from the schema of record '{old.Schema}'", (await Assert.ThrowsAsync<CheckpointException>(() => LearnAsync(Options))).Message);
    }

    /// <summary>The file with the header as it was before schemas and splits were recorded: magic, length and header, the rest, SHA-256.</summary>
    private static byte[] OfEarlierVersion(byte[] bytes)
    {
        int length = BitConverter.ToInt32(bytes, 4);
        JsonObject header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        Assert.True(header.Remove("schemaSource") && header.Remove("writerSchemas") && header.Remove("split"));
        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        byte[] body = [.. bytes[..4], .. BitConverter.GetBytes(json.Length), .. json, .. bytes[(8 + length)..^32]];
        return [.. body, .. System.Security.Cryptography.SHA256.HashData(body)];
    }

    /// <summary>A client that knows nothing yet, as a program has when it starts again: clients keep the newest schema that they have seen.</summary>
    private CachedSchemaRegistryClient Registry()
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });
        _registries.Add(registry);
        return registry;
    }

    private static IOnlineLearner Learner() => OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["a", "b"]);

    private async Task<LearningCheckpoint> LearnAsync(KafkaDatasetOptions options)
    {
        var learning = new OnlineTrainerOptions { Live = new LiveOptions { GroupId = "trainer" }, Checkpoints = Store };
        await using OnlineTrainer trainer = await OnlineTrainer.StartAsync(Topic, options, Learner(), learning, Token);
        return (await trainer.RunAsync(StopAt.CaughtUp, Token)).Checkpoint!;
    }

    /// <summary>Writes rows, which registers their schema.</summary>
    /// <returns>The id of the schema.</returns>
    private async Task<int> WriteAsync<T>(params T[] rows)
        where T : notnull
    {
        var options = new KafkaWriterOptions { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = Registry(), RecordName = "Event" };
        await using KafkaRecordWriter<T> writer = await KafkaRecordWriter<T>.OpenAsync(Topic, options, Token);
        foreach (T row in rows)
        {
            await writer.WriteAsync(row, Token);
        }

        await writer.FlushAsync(Token);
        return (await Registry().GetLatestSchemaAsync("events-value")).Id;
    }

    private sealed record First(float a, float b, bool label);

    private sealed record Wider(float a, float b, bool label, string? note);

    private sealed record Retyped(double a, float b, bool label);

    private sealed record Narrower(float a, bool label);
}
