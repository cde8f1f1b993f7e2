using System.Globalization;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>What a <see cref="ScorerProcess"/> runs.</summary>
public sealed class ScorerProcessTests
{
    public const string Joined = "scorer has partitions";

    [Fact(Explicit = true)]
    public async Task Score()
    {
        string? arguments = Environment.GetEnvironmentVariable(ScorerProcess.Variable);
        Assert.SkipWhen(arguments is null, "It is run by other tests.");
        string[] parts = arguments.Split(' ');
        ScorerOptions options = ScoredTopic.OptionsOf($"{parts[1]}-group", parts[2], parts[8] == "-" ? null : parts[8], parts[3]) with
        {
            Delivery = Enum.Parse<Delivery>(parts[9]),
            CommitInterval = TimeSpan.FromMilliseconds(double.Parse(parts[4], CultureInfo.InvariantCulture)),
            TransactionTimeout = TimeSpan.FromMilliseconds(double.Parse(parts[5], CultureInfo.InvariantCulture)),
            InstanceId = parts[6] == "-" ? null : parts[6],
        };
        KafkaDatasetOptions dataset = ScoredTopic.DatasetOf(parts[0], parts[7]);
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(parts[1], dataset, options, TestContext.Current.CancellationToken);
        Task run = scorer.RunAsync(StopAt.Never, TestContext.Current.CancellationToken);
        while (scorer.Assignment.Count == 0 && !run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        Console.WriteLine(Joined);
        await run;
    }
}
