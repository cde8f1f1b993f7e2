namespace KafkaDatasets.Monitoring.Reports;

/// <summary>Writes a report so that whoever reads the file meanwhile has the old one or the new one.</summary>
internal static class ReportFile
{
    public static async Task WriteAsync(string path, string html, CancellationToken cancellationToken)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await File.WriteAllTextAsync(temporary, html, cancellationToken).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
