using KafkaDatasets.Files;

namespace KafkaDatasets.Monitoring.Reports;

/// <summary>Writes a report so that whoever reads the file meanwhile has the old one or the new one.</summary>
internal static class ReportFile
{
    /// <summary>Creates the file's directory if there is none, and checks that the file can be written, before hours of reading.</summary>
    /// <exception cref="InvalidOptionsException">It cannot be written.</exception>
    public static void Prepare(string path)
    {
        try
        {
            string full = Path.GetFullPath(path);
            if (Directory.Exists(full))
            {
                throw new IOException("it is a directory");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.Create(Temporary(full), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOptionsException(nameof(MonitorOptions), [$"{nameof(MonitorOptions.ReportFile)} '{path}' cannot be written: {e.Message.TrimEnd('.')}"]);
        }
    }

    /// <summary>Writes the file, in place of the one that is there.</summary>
    /// <exception cref="IOException">It can no longer be written.</exception>
    public static async Task WriteAsync(string path, string html, CancellationToken cancellationToken)
    {
        using var file = new WholeFile(Temporary(path));
        try
        {
            await File.WriteAllTextAsync(file.Temporary, html, cancellationToken).ConfigureAwait(false);
            file.MoveTo(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{nameof(MonitorOptions.ReportFile)} '{path}' can no longer be written: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static string Temporary(string path) => $"{path}.{Guid.NewGuid():N}.tmp";
}
