using System.Diagnostics;
using System.Globalization;
using Confluent.SchemaRegistry;
using KafkaDatasets.Learning;
using SusyDemo.Data;
using SusyDemo.Data.Generation;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>The sample's learner as a process that is killed at random moments and started again: every row is learned once, and the model is the one of a learner that was never killed.</summary>
public sealed class KilledLearnerTests
{
    private const string Topic = "events";

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("KAFKADATASETS_LONG") == "1";

    /// <summary>How often a learner is killed while it learns one topic.</summary>
    private static readonly int Kills = IsLong ? 10 : 6;

    /// <summary>As many as a partition of the embedded broker holds, and more than are learned between the kills.</summary>
    private const int Rows = 45_000;

    /// <summary>How many topics are learned with each number of partitions: 12 kills all over, and 1,000 in a long run.</summary>
    private static readonly int Rounds = IsLong ? 50 : 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Every_row_is_learned_once_and_the_model_is_the_same(int partitions)
    {
        int killed = 0;
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 2 * Environment.ProcessorCount, CancellationToken = Token }; // learners mostly start
        await Parallel.ForEachAsync(Enumerable.Range(0, Rounds), atOnce, async (round, _) => Interlocked.Add(ref killed, await LearnAsync(partitions, new Random((round * 10) + partitions))));

        TestContext.Current.TestOutputHelper?.WriteLine($"{partitions} partitions: {killed} of {Rounds * Kills} learners were killed before their end");

        // On a busy machine some learners end before they are killed; over many rounds most do not.
        Assert.True(killed > (IsLong ? Rounds * Kills / 2 : 0), $"only {killed} of {Rounds * Kills} learners were killed before they had learned everything");
    }

    /// <returns>How many learners were killed before their end.</returns>
    private static async Task<int> LearnAsync(int partitions, Random random)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        await WriteAsync(kafka, registry, partitions);
        string directory = Directory.CreateTempSubdirectory("kafka-learning").FullName;
        try
        {
            int killed = 0;
            for (int kill = 0; kill < Kills; kill++)
            {
                killed += await IsKilledAsync(kafka, directory, kill, random) ? 1 : 0;
            }

            (int exit, string output) = await EndAsync(Start(kafka, directory, Kills));
            Assert.True(exit == 0, output);
            Assert.Contains($"learned: ftrl-logistic rows {Rows} checkpoint {directory}", output);
            CheckpointStore store = CheckpointStore.Directory(directory);
            LearningCheckpoint last = (await store.ReadLatestAsync(Token))!;
            Assert.Equal(Rows, last.Rows);
            Assert.Equal(Rows, last.Positions.Values.Sum());
            IOnlineLearner learned = Learner();
            last.Restore(learned);

            // The journal covers each offset once, and learning from it again gives the same model.
            var ends = new Dictionary<int, long>();
            foreach (PartitionRange range in (await store.ReadJournalAsync(last, Token)).SelectMany(Journal.Read).SelectMany(batch => batch))
            {
                Assert.Equal(ends.GetValueOrDefault(range.Partition), range.Start);
                ends[range.Partition] = range.End;
            }

            Assert.Equal(last.Positions.OrderBy(p => p.Key), ends.OrderBy(p => p.Key));
            KafkaDatasetOptions options = Options(kafka, registry);
            IOnlineLearner again = Learner();
            Assert.Equal(last.Metrics, await OnlineTrainer.ReplayAsync(Topic, options, again, store, cancellationToken: Token));
            Assert.Equal(LearnerRows.StateOf(learned), LearnerRows.StateOf(again));

            if (partitions == 1)
            {
                // With one partition the order is that of the log, and so the model is that of one pass over it.
                IOnlineLearner once = Learner();
                await using KafkaDataset dataset = await KafkaDataset.OpenAsync(Topic, options with { Features = once.Features }, Token);
                await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Token))
                {
                    using (batch)
                    {
                        once.Learn(batch);
                    }
                }

                Assert.Equal(LearnerRows.StateOf(once), LearnerRows.StateOf(learned));
            }

            return killed;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Starts the learner, and kills it once it has written some checkpoints, at any moment after that.</summary>
    /// <returns>Whether it had not ended by itself.</returns>
    private static async Task<bool> IsKilledAsync(EmbeddedKafka kafka, string directory, int kill, Random random)
    {
        long before = Newest(directory);
        int checkpoints = random.Next(0, 4);
        using Process child = Start(kafka, directory, kill);
        Task<(int Exit, string Output)> end = EndAsync(child, dispose: false);
        await Until.TrueAsync(() => child.HasExited || Newest(directory) >= before + checkpoints, "checkpoints of the learner", 60);
        for (int spin = random.Next(checkpoints == 0 ? 3_000_000 : 300_000); spin > 0 && !child.HasExited; spin--)
        {
            Thread.SpinWait(1); // not always just after a checkpoint has got its name; without one, often before the first row
        }

        bool killed = !child.HasExited;
        child.Kill();
        (int exit, string output) = await end;
        Assert.True(killed || exit == 0, output);
        return exit != 0;
    }

    private static long Newest(string directory) =>
        Directory.GetFiles(directory, "*.checkpoint").Select(f => long.Parse(Path.GetFileNameWithoutExtension(f), CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();

    private static Process Start(EmbeddedKafka kafka, string directory, int run)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SusyDemo.dll");
        string[] arguments =
        [
            program, "learn", "--bootstrap-servers", kafka.BootstrapServers, "--schema-registry", kafka.SchemaRegistryUrl, "--train-topic", Topic,
            "--checkpoint", directory, "--checkpoint-rows", "500", "--group", $"learner-{run}",
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    private static async Task<(int Exit, string Output)> EndAsync(Process child, bool dispose = true)
    {
        Task<string> output = child.StandardOutput.ReadToEndAsync(Token);
        Task<string> errors = child.StandardError.ReadToEndAsync(Token);
        await child.WaitForExitAsync(Token);
        int exit = child.ExitCode;
        string text = await output + await errors;
        if (dispose)
        {
            child.Dispose();
        }

        return (exit, text);
    }

    private static IOnlineLearner Learner() => OnlineLearner.Ftrl(OnlineTask.BinaryClassification, SusyFields.Features);

    private static KafkaDatasetOptions Options(EmbeddedKafka kafka, ISchemaRegistryClient registry) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        SchemaRegistry = registry,
        Label = LabelColumn.Binary(SusyFields.Label),
    };

    private static async Task WriteAsync(EmbeddedKafka kafka, ISchemaRegistryClient registry, int partitions)
    {
        await using KafkaRecordWriter<SusyRecord> writer = await KafkaRecordWriter<SusyRecord>.OpenAsync(
            Topic,
            new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Schema = SusySchema.ToJson(SusyFields.All, true), Partitions = partitions },
            Token);
        foreach (SusyRecord record in new SusyEventGenerator(partitions, Rows).Read())
        {
            await writer.WriteAsync(record, Token);
        }

        await writer.FlushAsync(Token);
    }
}
