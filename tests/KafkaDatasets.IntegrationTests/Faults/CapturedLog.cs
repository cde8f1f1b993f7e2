using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Keeps every line that is logged, at every level.</summary>
internal sealed class CapturedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(EventId Id, string Text)> _lines = new();

    public IReadOnlyCollection<(EventId Id, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
