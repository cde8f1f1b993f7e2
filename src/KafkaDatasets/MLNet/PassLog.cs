using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace KafkaDatasets.MLNet;

/// <summary>Logs the passes over one view to <c>MLContext.Log</c>.</summary>
internal sealed class PassLog
{
    private readonly IHost _host;
    private readonly DatasetSnapshot _snapshot;

    public PassLog(IHostEnvironment environment, DatasetSnapshot snapshot)
    {
        // Uses a fixed seed: drawing one from the context would change the seeds of components registered later, and therefore the models.
        _host = environment.Register("KafkaDataView", seed: 0);
        _snapshot = snapshot;
    }

    public void Begun(IEnumerable<ViewColumn> columns)
    {
        using IChannel channel = _host.Start("Pass");
        channel.Trace(MessageSensitivity.Schema, "Reading {0}: {1}", _snapshot, string.Join(", ", columns.Select(c => c.Name)));
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
        channel.Info(MessageSensitivity.Schema, "{0} {1} rows of topic '{2}' in {3}", what, rows, _snapshot.Topic, elapsed);
    }
}
