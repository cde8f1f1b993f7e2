using SusyDemo.Reporting;

namespace KafkaDatasets.Tests.SusyDemo;

internal sealed class NoProgress : IProgressTask
{
    public long Rows { get; private set; }

    public void Report(long rows, string? note) => Rows = rows;

    public void Finish()
    {
    }
}
