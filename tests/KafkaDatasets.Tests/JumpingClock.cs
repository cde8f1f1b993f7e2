namespace KafkaDatasets.Tests;

/// <summary>A clock whose time of day jumps by days at every look.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private int _looks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays((Interlocked.Increment(ref _looks) * 7919 % 1000) - 500);
}
