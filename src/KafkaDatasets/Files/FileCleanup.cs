namespace KafkaDatasets.Files;

/// <summary>Deletes files that do no harm if they stay.</summary>
internal static class FileCleanup
{
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What led here, such as a full disk, says more.
        }
    }
}
