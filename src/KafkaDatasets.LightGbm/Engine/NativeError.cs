using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>Errors of the native library as exceptions.</summary>
internal static unsafe class NativeError
{
    /// <exception cref="LightGbmException">The call failed.</exception>
    public static void ThrowIfFailed(int result, SafeHandle? owned = null)
    {
        if (result != 0)
        {
            owned?.Dispose();
            throw new LightGbmException($"LightGBM reports: {Marshal.PtrToStringUTF8(NativeMethods.GetLastError())?.Trim().TrimEnd('.', ' ')}.");
        }
    }

    /// <summary>Loads the library, and keeps it from writing to the console on this thread.</summary>
    /// <exception cref="LightGbmException">The library cannot be loaded; the message says what is missing.</exception>
    public static void Prepare()
    {
        try
        {
            ThrowIfFailed(NativeMethods.RegisterLogCallback(&Ignore));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new LightGbmException(
                $"LightGBM's native library cannot be loaded on {RuntimeInformation.RuntimeIdentifier}: the package has it for linux-x64, win-x64 and osx-x64, and it needs OpenMP (apt-get install libgomp1 on Debian and Ubuntu, brew install libomp on macOS).", e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(byte* message)
    {
    }
}
