using System.Diagnostics;
using System.Text;

namespace KafkaDatasets.Testing.Cluster;

/// <summary>A folder with Apache Kafka as its download unpacks.</summary>
internal sealed class KafkaHome(string folder)
{
    public static KafkaHome? FromEnvironment(string variable = "KAFKA_HOME") =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder ? new KafkaHome(Path.GetFullPath(folder)) : null;

    /// <summary>Kafka's version, by the name of its client's jar.</summary>
    public string Version => Directory.EnumerateFiles(Path.Combine(folder, "libs"), "kafka-clients-*.jar")
        .Select(jar => Path.GetFileNameWithoutExtension(jar)["kafka-clients-".Length..])
        .First(version => char.IsDigit(version[^1]));

    /// <summary>The arguments for Java to run one of Kafka's main classes, logging to its standard output.</summary>
    /// <param name="mainClass">The class.</param>
    /// <param name="workFolder">Where the logging configuration is written.</param>
    /// <param name="options">Options of the virtual machine; null: those of <c>KAFKA_HEAP_OPTS</c>, or 512 MB.</param>
    public IReadOnlyList<string> JavaArguments(string mainClass, string workFolder, string? options = null)
    {
        options ??= Environment.GetEnvironmentVariable("KAFKA_HEAP_OPTS") is { Length: > 0 } set ? set : "-Xmx512m";
        string level = Environment.GetEnvironmentVariable("KAFKA_LOG_LEVEL") is { Length: > 0 } value ? value : "WARN";
        string log4j2 = Path.Combine(workFolder, "log4j2.properties");
        File.WriteAllText(
            log4j2,
            $"""
            rootLogger.level={level}
            rootLogger.appenderRef.out.ref=out
            appender.out.type=Console
            appender.out.name=out
            appender.out.layout.type=PatternLayout
            appender.out.layout.pattern=[%d] %p %m (%c)%n
            """);
        string log4j1 = Path.Combine(workFolder, "log4j.properties");
        File.WriteAllText(
            log4j1,
            $"""
            log4j.rootLogger={level}, out
            log4j.appender.out=org.apache.log4j.ConsoleAppender
            log4j.appender.out.layout=org.apache.log4j.PatternLayout
            log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
            """);
        return
        [
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            $"-Dlog4j2.configurationFile={log4j2}",
            $"-Dlog4j.configuration=file:{log4j1}",
            "-cp", Path.Combine(folder, "libs", "*"),
            mainClass,
        ];
    }

    /// <summary>Runs a command-line tool, for example <c>kafka-console-consumer</c>.</summary>
    /// <returns>Its standard output.</returns>
    public Task<string> RunToolAsync(string name, IEnumerable<string> arguments, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null)
    {
        string script = OperatingSystem.IsWindows() ? Path.Combine(folder, "bin", "windows", name + ".bat") : Path.Combine(folder, "bin", name + ".sh");
        var start = new ProcessStartInfo(script, arguments) { StandardOutputEncoding = Encoding.UTF8 };
        foreach ((string variable, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        return ProcessOutput.RunAsync(start, cancellationToken);
    }

    /// <summary>Runs a single-file Java program on Kafka's libraries (this needs a JDK).</summary>
    /// <returns>Its standard output.</returns>
    public Task<string> RunProgramAsync(string file, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        JavaProcess.RunAsync(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", Path.Combine(folder, "libs", "*"), file, .. arguments], cancellationToken);

    public override string ToString() => folder;
}
