using System.CommandLine;
using System.CommandLine.Invocation;
using SusyDemo.Commands;
using SusyDemo.Settings;

var demo = new Demo(new ClusterSettingsReader(Environment.GetEnvironmentVariable), Console.Out);
ParseResult parsed = new DemoCommandLine(demo).Root.Parse(args);
if (parsed.Action is ParseErrorAction error)
{
    error.ShowHelp = false;
    error.ShowTypoCorrections = false;
}

return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
