using System.Diagnostics;

namespace KafkaDatasets.Testing.Cluster;

/// <summary>A Java program run by this process: its output goes to a file, and it ends with this process, however that ends.</summary>
internal sealed class JavaProcess : IDisposable
{
    private readonly Process _process;
    private readonly Process? _watchdog;
    private readonly string _logFile;
    private readonly Lock _gate = new();
    private readonly StreamWriter _log;
    private bool _logClosed;

    private JavaProcess(Process process, string logFile, Action? onExit)
    {
        _logFile = logFile;
        _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        _process = process;
        _process.OutputDataReceived += (_, e) => Write(e.Data);
        _process.ErrorDataReceived += (_, e) => Write(e.Data);
        if (onExit is not null)
        {
            _process.EnableRaisingEvents = true;
            _process.Exited += (_, _) => Task.Run(onExit); // the event holds a lock that disposing the process needs too
        }

        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _watchdog = StartWatchdog(_process.Id);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of the program's output.</summary>
    public string LogTail => $"Its output ({_logFile}) ends:\n{ReadTail(_logFile)}";

    /// <summary>Starts a Java program.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="logFile">Where its output goes.</param>
    /// <param name="environment">Variables of its environment.</param>
    /// <param name="onExit">Told when it has ended.</param>
    public static JavaProcess Start(IEnumerable<string> arguments, string logFile, IReadOnlyDictionary<string, string>? environment = null, Action? onExit = null)
    {
        ProcessStartInfo start = CreateStartInfo(arguments);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new JavaProcess(new Process { StartInfo = start }, logFile, onExit);
    }

    /// <summary>Runs a Java program to its end.</summary>
    public static Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ProcessOutput.RunAsync(CreateStartInfo(arguments), cancellationToken);

    /// <summary>Ends it at once (SIGKILL), with whatever it started.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has exited already.
        }

        _process.WaitForExit();
    }

    /// <summary>Lets every write that makes a file longer fail.</summary>
    public async Task LimitFileSizeAsync()
    {
        using Process limit = Process.Start("prlimit", ["--pid", $"{_process.Id}", "--fsize=1:1"]);
        await limit.WaitForExitAsync();
    }

    /// <summary>Asks it to end (SIGTERM), and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_process.HasExited)
        {
            using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync(cancellationToken);
            await _process.WaitForExitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Kill();
        try
        {
            _watchdog?.StandardInput.WriteLine();
        }
        catch (IOException)
        {
            // It has exited already.
        }

        _watchdog?.Dispose();
        _process.Dispose();
        lock (_gate)
        {
            _logClosed = true;
            _log.Dispose();
        }
    }

    private static ProcessStartInfo CreateStartInfo(IEnumerable<string> arguments)
    {
        string? home = Environment.GetEnvironmentVariable("JAVA_HOME");
        return new ProcessStartInfo(string.IsNullOrEmpty(home) ? "java" : Path.Combine(home, "bin", "java"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    /// <summary>A shell that waits on a pipe of ours: when this process is killed the pipe ends without a line, and the shell kills the program.</summary>
    private static Process? StartWatchdog(int pid) => OperatingSystem.IsWindows()
        ? null
        : Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read -r _ || kill -9 \"$0\"", $"{pid}"]) { RedirectStandardInput = true });

    private static string ReadTail(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return string.Join('\n', reader.ReadToEnd().Split('\n').TakeLast(40));
    }

    private void OnProcessExit(object? sender, EventArgs e) => Kill();

    private void Write(string? line)
    {
        lock (_gate)
        {
            if (line is not null && !_logClosed)
            {
                _log.WriteLine(line);
            }
        }
    }
}
