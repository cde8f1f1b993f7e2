using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace KafkaDatasets.MLNet;

/// <summary>Logs the passes over one view to <c>MLContext.Log</c>.</summary>
internal sealed class PassLog
{
    private readonly IHost _host;
    private readonly string _range;
    private readonly string _topic;

    public PassLog(IHostEnvironment environment, DatasetSnapshot snapshot)
        : this(environment, snapshot.ToString(), snapshot.Topic)
    {
    }

    public PassLog(IHostEnvironment environment, string range, string topic)
    {
        // Uses a fixed seed: drawing one from the context would change the seeds of components registered later, and therefore the models.
        _host = environment.Register("KafkaDataView", seed: 0);
        _range = range;
        _topic = topic;
    }

    public void Begun(IEnumerable<ViewColumn> columns)
    {
        using IChannel channel = _host.Start("Pass");
        channel.Trace(MessageSensitivity.Schema, "Reading {0}: {1}", _range, string.Join(", ", columns.Select(c => c.Name)));
    }

    public void Ended(PassEnd end, long rows, TimeSpan elapsed)
    {
        using IChannel channel = _host.Start("Pass");
        string what = end switch
        {
            PassEnd.Reached => "Read",
            PassEnd.Left => "Left after",
            PassEnd.Failed => "Failed after",
            _ => throw new UnreachableException(),
        };
        channel.Info(MessageSensitivity.Schema, "{0} {1} rows of topic '{2}' in {3}", what, rows, _topic, elapsed);
    }
}
