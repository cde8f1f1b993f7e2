namespace KafkaDatasets.Tests.MLNet.Contract.Leaks;

/// <summary>A clock that runs some times too fast, so that idle time-outs come soon.</summary>
internal sealed class HastyTimeProvider(int factor) : TimeProvider
{
    private readonly DateTimeOffset _start = System.GetUtcNow();

    public override long GetTimestamp() => System.GetTimestamp() * factor;

    public override DateTimeOffset GetUtcNow() => _start + factor * (System.GetUtcNow() - _start);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Sooner(dueTime), Sooner(period));

    private TimeSpan Sooner(TimeSpan time) => time > TimeSpan.Zero ? time / factor : time;
}
