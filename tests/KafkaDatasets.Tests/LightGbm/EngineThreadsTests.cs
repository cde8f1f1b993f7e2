using KafkaDatasets.LightGbm.Engine;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>Trainings with different numbers of threads never run at the same time: LightGBM would write past the ends of its buffers.</summary>
public sealed class EngineThreadsTests
{
    private const int Unusual = 3; // no other test of this process trains with it

    [Fact]
    public async Task Another_number_of_threads_waits_until_every_training_has_ended()
    {
        using IDisposable first = EngineThreads.Enter(Unusual, TestContext.Current.CancellationToken);
        using IDisposable same = EngineThreads.Enter(Unusual, TestContext.Current.CancellationToken);
        Task<IDisposable> other = Task.Run(() => EngineThreads.Enter(null, TestContext.Current.CancellationToken));
        first.Dispose();
        first.Dispose(); // counts once
        Assert.False(other.IsCompleted);
        using IDisposable third = EngineThreads.Enter(Unusual, TestContext.Current.CancellationToken);
        same.Dispose();
        third.Dispose();
        using IDisposable entered = await other;
    }

    [Fact]
    public async Task Waiting_is_cancelled()
    {
        using IDisposable first = EngineThreads.Enter(Unusual, TestContext.Current.CancellationToken);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<IDisposable> other = Task.Run(() => EngineThreads.Enter(null, cancellation.Token), TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }
}
