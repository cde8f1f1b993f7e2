using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class BufferPoolTests
{
    [Theory]
    [InlineData(0, 16 << 10)]
    [InlineData((16 << 10) - 128, 16 << 10)]
    [InlineData((16 << 10) - 127, 20 << 10)]
    [InlineData((20 << 10) - 127, 24 << 10)]
    [InlineData((24 << 10) - 127, 28 << 10)]
    [InlineData((28 << 10) - 127, 32 << 10)]
    [InlineData(1_000_000, 1 << 20)]
    [InlineData((1 << 20) - 127, 5 << 18)]
    public void A_buffer_is_at_most_a_quarter_larger_than_asked_for(int size, int expected)
    {
        using var pool = new BufferPool(TimeProvider.System);

        Assert.Equal(expected, pool.Rent(size, null).Bytes.Length);
    }

    [Fact]
    public void Buffers_are_used_again_and_in_all_there_are_no_more_than_the_bound()
    {
        using var pool = new BufferPool(TimeProvider.System);
        pool.Open(1 << 20);
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            SharedBuffer[] buffers = [.. Enumerable.Range(0, 4).Select(_ => pool.Rent(random.Next(200_000), null))];
            Assert.InRange(pool.Total, 0, 1 << 20);
            foreach (SharedBuffer buffer in buffers)
            {
                buffer.Release();
            }
        }

        Assert.InRange(pool.Made, 4, 60);
    }

    [Fact]
    public void A_pass_like_the_one_before_needs_no_new_memory()
    {
        const int Bound = 48 << 20;
        using var pool = new BufferPool(TimeProvider.System);
        var made = new List<long>();
        for (int pass = 0; pass < 20; pass++)
        {
            pool.Open(Bound);
            if (pass > 0)
            {
                pool.Close(Bound); // the pass before ends in the background
            }

            // A pass begins with small responses, and holds at its peak what is under way beyond its bound.
            var held = new Queue<SharedBuffer>();
            for (int i = 0; i < 200; i++)
            {
                held.Enqueue(pool.Rent(i < 5 || i % 7 == 0 ? 900_000 : 2_400_000, null));
                while (held.Sum(b => (long)b.Bytes.Length) > Bound + 900_000)
                {
                    held.Dequeue().Release();
                }
            }

            foreach (SharedBuffer buffer in held)
            {
                buffer.Release();
            }

            made.Add(pool.Made);
        }

        Assert.Equal(made[4], made[^1]);
    }

    [Fact]
    public void What_was_needed_at_one_time_beyond_the_bound_is_kept_while_the_pass_runs()
    {
        using var pool = new BufferPool(TimeProvider.System);
        pool.Open(1 << 20);
        for (int i = 0; i < 100; i++)
        {
            SharedBuffer[] buffers = [.. Enumerable.Range(0, 5).Select(_ => pool.Rent(500_000, null))];
            Assert.Equal(5 * (512 << 10), pool.Total);
            Array.ForEach(buffers, b => b.Release());
        }

        Assert.Equal(5, pool.Made);
    }

    [Fact]
    public void Idle_buffers_go_when_one_of_several_passes_ends_and_a_while_after_the_last()
    {
        var time = new Timers();
        using var pool = new BufferPool(time);
        pool.Open(1 << 20);
        pool.Open(2 << 20);
        Array.ForEach([.. Enumerable.Range(0, 10).Select(_ => pool.Rent(250_000, null))], b => b.Release());
        Assert.Equal(10 * (256 << 10), pool.Total);

        pool.Close(2 << 20);
        Assert.Equal(1 << 20, pool.Total);

        SharedBuffer held = pool.Rent(250_000, null);
        pool.Close(1 << 20);
        Assert.Equal(1 << 20, pool.Total);
        Assert.Equal(TimeSpan.FromSeconds(15), time.Due);

        time.Fire();
        Assert.Equal(0, pool.Total); // what is held without a pass is no longer the pool's
        pool.Open(1 << 20);
        held.Release();
        Assert.Equal(0, pool.Total);
        pool.Rent(250_000, null).Release();
        time.Fire();
        Assert.Equal(Timeout.InfiniteTimeSpan, time.Due);
        Assert.Equal(256 << 10, pool.Total);
    }

    private sealed class Timers : TimeProvider, ITimer
    {
        private Action? _callback;

        public TimeSpan Due { get; private set; }

        public void Fire() => _callback!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = () => callback(state);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
