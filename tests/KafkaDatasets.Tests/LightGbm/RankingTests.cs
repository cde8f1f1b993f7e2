using Confluent.SchemaRegistry;
using KafkaDatasets.LightGbm;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>Ranking: queries whose rows are spread over the whole topic.</summary>
public sealed class RankingTests : IAsyncLifetime
{
    private const string Topic = "hits";
    private const int Queries = 300;

    /// <summary>Several ranks estimate the rows of a leaf from second derivatives, which differ widely in a ranking.</summary>
    private static readonly LightGbmOptions Options = new()
    {
        Group = nameof(Hit.Query),
        Iterations = 20,
        Leaves = 7,
        MinRowsPerLeaf = 1,
        Parameters = new Dictionary<string, string> { ["min_sum_hessian_in_leaf"] = "1" },
    };

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly CachedSchemaRegistryClient _registry;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ranking");

    public RankingTests() => _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private KafkaDatasetOptions Dataset => new()
    {
        BootstrapServers = _kafka.BootstrapServers,
        SchemaRegistry = _registry,
        Label = LabelColumn.Regression(nameof(Hit.Grade)),
        Features = [nameof(Hit.Match), nameof(Hit.Age)],
    };

    public async ValueTask InitializeAsync()
    {
        var random = new Random(7);
        var hits = new List<Hit>();
        for (long query = 0; query < Queries; query++)
        {
            // Numbers of queries beyond 2^53, which are not all distinct as floating-point numbers.
            for (int i = random.Next(2, 15); i > 0; i--)
            {
                float match = random.NextSingle();
                float age = 10 * random.NextSingle();
                int grade = Math.Clamp((int)((5 * match) - (0.2 * age) + random.NextSingle()), 0, 4);
                hits.Add(new Hit((1L << 60) + query, match, age, grade, 1 + (query % 3)));
            }
        }

        Hit[] order = [.. hits];
        random.Shuffle(order);
        await WriteAsync(Topic, order);
    }

    public ValueTask DisposeAsync()
    {
        _registry.Dispose();
        _kafka.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(null)]
    [InlineData(nameof(Hit.Importance))]
    public async Task Ranks_that_share_the_queries_give_the_trees_of_one(string? weight)
    {
        LightGbmOptions options = Options with { Weight = weight };
        LightGbmModel one = await RankTopic.TrainAsync(1, Dataset, options, Topic);

        foreach (int world in (int[])[2, 3])
        {
            LightGbmModel several = await RankTopic.TrainAsync(world, Dataset, options, Topic);
            Assert.Equal(one.Rows, several.Rows);
            RankTopic.AssertSame(one, several, 1e-6);
        }
    }

    [Fact]
    public async Task It_ranks_as_MLNets_trainer_does_and_its_loss_is_that_of_its_transformer()
    {
        var ml = new MLContext(1);
        DatasetSplit checks = DatasetSplit.ByField(nameof(Hit.Query), 0.7, 1);
        KafkaDatasetOptions train = Dataset with { Split = DatasetSplit.ByField(nameof(Hit.Query), 0, 0.7) };
        LightGbmModel model = await RankTopic.TrainAsync(2, train, Options with { Validation = checks, EarlyStoppingRounds = 20 }, Topic);
        IDataView rows = Grouped(ml, train);
        ITransformer other = ml.Ranking.Trainers.LightGbm(new LightGbmRankingTrainer.Options
        {
            NumberOfIterations = 20,
            NumberOfLeaves = 7,
            MinimumExampleCountPerLeaf = 1,
            LearningRate = 0.1,
            RowGroupColumnName = "GroupId",
            NumberOfThreads = 1,
        }).Fit(rows);

        IDataView rest = Grouped(ml, Dataset with { Split = checks });
        using var file = new MemoryStream();
        ml.Model.Save(model.ToTransformer(ml), rest.Schema, file);
        double own = Ndcg(ml, ml.Model.Load(file, out _).Transform(rest));
        double expected = Ndcg(ml, other.Transform(rest));

        Assert.InRange(expected, 0.9, 0.999);
        Assert.Equal(expected, own, 0.02);
        Assert.Equal(1 - own, model.ValidationLosses[model.Iterations - 1], 1e-4);
        Assert.True(model.ValidationLosses.Min() < model.ValidationLosses[0]);
    }

    [Fact]
    public async Task A_cancelled_ranking_is_continued()
    {
        LightGbmModel whole = await RankTopic.TrainAsync(1, Dataset, Options, Topic);
        LightGbmOptions kept = Options with { CheckpointDirectory = _folder.FullName };
        using var cancellation = new CancellationTokenSource();
        var canceller = new Canceller(cancellation, 8);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LightGbmTrainer.TrainAsync(Topic, Dataset, kept with { Progress = canceller }, cancellation.Token));
        Assert.NotEmpty(Directory.GetFiles(_folder.FullName));

        RankTopic.AssertSame(whole, await RankTopic.TrainAsync(2, Dataset, kept, Topic), 1e-5);
    }

    [Fact]
    public async Task What_is_no_grade_and_what_is_no_ranking_is_an_error()
    {
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => LightGbmTrainer.TrainAsync(Topic, Dataset with { Label = LabelColumn.Regression(nameof(Hit.Match)), Features = [nameof(Hit.Age)] }, Options, Cancelled));
        Assert.Matches("^Topic 'hits', partition [0-9]+, offset [0-9]+: the grade is 0[.][0-9]+, which LightGBM cannot train from", e.Message);

        InvalidOptionsException invalid = await Assert.ThrowsAsync<InvalidOptionsException>(() => LightGbmTrainer.TrainAsync(Topic, Dataset with { Label = LabelColumn.Binary(nameof(Hit.Grade)) }, Options, Cancelled));
        Assert.Contains("Group trains a ranking, and the label 'Grade' is Binary: use LabelColumn.Regression", invalid.Message);
        invalid = await Assert.ThrowsAsync<InvalidOptionsException>(() => LightGbmTrainer.TrainAsync(Topic, Dataset, Options with { Group = nameof(Hit.Grade), Parameters = new Dictionary<string, string> { ["eval_at"] = "3" } }, Cancelled));
        Assert.Equal(2, invalid.Faults.Count);

        await WriteAsync("one", [new Hit(1, 0, 0, 0, 1), new Hit(1, 1, 0, 1, 1)]);
        e = await Assert.ThrowsAsync<LightGbmException>(() => RankTopic.TrainAsync(2, Dataset, Options, "one"));
        Assert.Contains("Topic 'one' has 2 rows in the range, too few queries for 2 ranks", e.Message);
    }

    private async Task WriteAsync(string topic, Hit[] hits)
    {
        await using KafkaRecordWriter<Hit> writer = await KafkaRecordWriter<Hit>.OpenAsync(
            topic, new KafkaWriterOptions { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry, Partitions = 3 }, Cancelled);
        foreach (Hit hit in hits)
        {
            await writer.WriteAsync(hit, Cancelled);
        }

        await writer.FlushAsync(Cancelled);
    }

    /// <summary>The rows with each query's side by side, as ML.NET's trainer needs them.</summary>
    private static IDataView Grouped(MLContext ml, KafkaDatasetOptions options)
    {
        var rows = new List<Row>();
        IDataView view = KafkaDataView.FromTopic(ml, Topic, options with { ExtraColumns = [nameof(Hit.Query)] });
        long[] queries = [.. view.GetColumn<long>(nameof(Hit.Query))];
        float[] labels = [.. view.GetColumn<float>("Label")];
        float[][] features = [.. view.GetColumn<float[]>("Features")];
        rows.AddRange(queries.Select((q, i) => new Row { Query = q.ToString(System.Globalization.CultureInfo.InvariantCulture), Label = labels[i], Features = features[i] }).OrderBy(r => r.Query, StringComparer.Ordinal));
        IDataView loaded = ml.Data.LoadFromEnumerable(rows);
        return ml.Transforms.Conversion.MapValueToKey("GroupId", nameof(Row.Query)).Fit(loaded).Transform(loaded);
    }

    /// <summary>The mean NDCG of the first 10 rows of each query, with the gain 2^grade − 1; 1 for a query without a grade above 0, as LightGBM has it.</summary>
    private static double Ndcg(MLContext ml, IDataView scored)
    {
        IEnumerable<Scored> rows = ml.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false);
        return rows.GroupBy(r => r.GroupId).Average(query =>
        {
            double best = Dcg(query.OrderByDescending(r => r.Label));
            return best == 0 ? 1 : Dcg(query.OrderByDescending(r => r.Score)) / best;
        });

        static double Dcg(IEnumerable<Scored> rows) => rows.Take(10).Select((r, i) => (Math.Pow(2, r.Label) - 1) / Math.Log2(i + 2)).Sum();
    }

    public sealed record Hit(long Query, float Match, float Age, float Grade, float Importance);

    private sealed class Row
    {
        public string Query { get; set; } = "";

        public float Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public uint GroupId { get; set; }

        public float Label { get; set; }

        public float Score { get; set; }
    }

    private sealed class Canceller(CancellationTokenSource cancellation, int iteration) : IProgress<LightGbmProgress>
    {
        public void Report(LightGbmProgress value)
        {
            if (value.Iteration == iteration)
            {
                cancellation.Cancel();
            }
        }
    }
}
