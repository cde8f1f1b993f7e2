using System.Collections.Concurrent;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using KafkaDatasets.IntegrationTests.Scoring;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Live;

/// <summary>Members join and leave a group, each as soon as the one before has changed whose the partitions are, while rows are written: each row is read once by who commits it, and scored once.</summary>
[Collection(ThreeNodes.Name)]
public sealed class RebalanceStormTests(ThreeNodes nodes)
{
    private const int Joins = 20;
    private const int MostMembers = 5;
    private const int Partitions = 6;

    public static TheoryData<string> Protocols => ["classic", "consumer"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Protocols))]
    public async Task Rows_are_read_once(string protocol)
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, Partitions, 3);
        var read = new ConcurrentDictionary<(int Partition, long Offset), int>();
        int changes = 0;

        async Task FollowAsync(CancellationToken leave)
        {
            await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(topic.Input, topic.Dataset(protocol), new LiveOptions { GroupId = topic.Options().GroupId }, Cancelled);
            live.PartitionsAssigned += (_, _) => Interlocked.Increment(ref changes);
            live.PartitionsRevoked += (_, _) => Interlocked.Increment(ref changes);
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 100, MaxDelay = TimeSpan.FromMilliseconds(10) }, leave))
            {
                using (batch)
                {
                    IReadOnlyList<int> lost = [];
                    try
                    {
                        await batch.CommitAsync(Cancelled);
                    }
                    catch (PartitionsLostException e)
                    {
                        lost = e.Partitions; // whoever has them now reads these rows again
                    }

                    for (int i = 0; i < batch.Rows; i++)
                    {
                        if (!lost.Contains(batch.Tensors.Partitions[i]))
                        {
                            read.AddOrUpdate((batch.Tensors.Partitions[i], batch.Tensors.Offsets[i]), 1, (_, times) => times + 1);
                        }
                    }
                }
            }
        }

        await StormAsync(topic, FollowAsync, () => Volatile.Read(ref changes));
        int inStorm = read.Count;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task last = FollowAsync(end.Token);
        await Until.TrueAsync(() => Task.FromResult(read.Count == topic.Rows || last.IsCompleted), TimeSpan.FromSeconds(120), () => $"{read.Count} of {topic.Rows} rows were read", Cancelled);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last);
        Assert.DoesNotContain(read, r => r.Value > 1);
        Assert.Equal(Enumerable.Range(0, topic.Rows).Select(n => (n % Partitions, (long)n / Partitions)).Order(), read.Keys.Order());
        TestContext.Current.TestOutputHelper?.WriteLine($"{topic.Rows} rows, {inStorm} of them in the storm, {changes} changes of partitions");
        Assert.True(changes >= Joins, $"only {changes} changes of partitions");
    }

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Protocols))]
    public async Task Rows_are_scored_once(string protocol)
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, Partitions, 3, poisonEvery: 20);
        int started = 0, changes = 0;

        async Task ScoreAsync(CancellationToken leave)
        {
            await using KafkaScorer scorer = await KafkaScorer.JoinAsync(topic.Input, topic.Dataset(protocol), topic.Options($"m{Interlocked.Increment(ref started)}"), Cancelled);
            scorer.PartitionsAssigned += (_, _) => Interlocked.Increment(ref changes);
            scorer.PartitionsRevoked += (_, _) => Interlocked.Increment(ref changes);
            await scorer.RunAsync(StopAt.Never, leave);
        }

        await StormAsync(topic, ScoreAsync, () => Volatile.Read(ref changes));
        await topic.FinishAsync(protocol);
        IReadOnlyDictionary<string, int> versions = await topic.AssertExactAsync();
        await topic.AssertExactByKafkasReadersAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{topic.Rows} rows by {versions.Count} members, {changes} changes of partitions");
        Assert.True(changes >= Joins, $"only {changes} changes of partitions");
    }

    /// <summary>Starts members one after another, and has others leave, while rows are written; after each it waits until partitions have changed hands, but not for long.</summary>
    private static async Task StormAsync(ScoredTopic topic, Func<CancellationToken, Task> memberAsync, Func<int> changes)
    {
        var random = new Random(17);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task writing = WriteAsync(topic, end.Token);
        var members = new List<(Task Run, CancellationTokenSource Leave)>();
        var left = new List<Task>();
        for (int joined = 0; joined < Joins || members.Count > 0;)
        {
            int before = changes();
            if (joined < Joins && (members.Count == 0 || (members.Count < MostMembers && random.Next(2) == 0)))
            {
                var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
                members.Add((Task.Run(() => memberAsync(leave.Token), Cancelled), leave));
                joined++;
            }
            else
            {
                int index = random.Next(members.Count);
                (Task run, CancellationTokenSource leave) = members[index];
                members.RemoveAt(index);
                left.Add(EndAsync(run, leave));
            }

            for (int waits = 0; waits < 60 && changes() == before; waits++)
            {
                await Task.Delay(50, Cancelled);
            }

            Assert.All(members, m => Assert.False(m.Run.IsFaulted, $"{m.Run.Exception}"));
        }

        await Task.WhenAll(left);
        await end.CancelAsync();
        await writing;
    }

    private static async Task EndAsync(Task run, CancellationTokenSource leave)
    {
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        leave.Dispose();
    }

    private static async Task WriteAsync(ScoredTopic topic, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await topic.AppendAsync(100);
            await Task.WhenAny(Task.Delay(50, end));
        }
    }
}
