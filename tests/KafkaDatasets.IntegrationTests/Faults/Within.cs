using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Things that must happen in time.</summary>
internal static class Within
{
    /// <summary>Runs the action, which must throw exactly <typeparamref name="T"/> in that many seconds.</summary>
    public static Task<T> ThrowsAsync<T>(int seconds, Func<Task> action)
        where T : Exception =>
        Assert.ThrowsAsync<T>(() => Task.Run(action).WaitAsync(TimeSpan.FromSeconds(seconds)));

    /// <summary>As <see cref="ThrowsAsync"/>, with any exception that is a <typeparamref name="T"/>.</summary>
    public static Task<T> ThrowsAnyAsync<T>(int seconds, Func<Task> action)
        where T : Exception =>
        Assert.ThrowsAnyAsync<T>(() => Task.Run(action).WaitAsync(TimeSpan.FromSeconds(seconds)));
}
