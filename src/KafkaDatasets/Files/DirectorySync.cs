using System.Runtime.InteropServices;

namespace KafkaDatasets.Files;

/// <summary>Flushes a directory to the disk, so that a renamed file keeps its name when the machine loses power; .NET has no function for that.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals names
        }

        int handle = Open(path, ReadOnly);
        if (handle >= 0)
        {
            _ = Sync(handle); // file systems that cannot do it report an error, which nothing can be done about
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
