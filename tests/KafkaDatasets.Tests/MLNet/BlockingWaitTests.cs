using KafkaDatasets.MLNet;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

public class BlockingWaitTests
{
    [Fact]
    public async Task Gives_results_that_are_there_that_come_later_and_that_are_failures()
    {
        var wait = new BlockingWait();
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(i, wait.Get(ValueTask.FromResult(i)));
            Assert.Equal(i, wait.Get(LaterAsync(i)));
            var source = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<int> waiting = Task.Run(() => wait.Get(new ValueTask<int>(source.Task)), TestContext.Current.CancellationToken);
            source.SetResult(i);
            Assert.Equal(i, await waiting);
        }

        Assert.Throws<InvalidDataException>(() => wait.Get(FailAsync()));
        Assert.Throws<OperationCanceledException>(() => wait.Get(ValueTask.FromException<int>(new OperationCanceledException())));
        Assert.Equal(1, wait.Get(LaterAsync(1)));
    }

    private static async ValueTask<int> LaterAsync(int value)
    {
        await Task.Yield();
        return value;
    }

    private static async ValueTask<int> FailAsync()
    {
        await Task.Yield();
        throw new InvalidDataException();
    }
}
