using System.CommandLine;
using SusyDemo.Commands;
using SusyDemo.Settings;

var demo = new Demo(new ClusterSettingsReader(Environment.GetEnvironmentVariable), Console.Out);
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) };
return await new DemoCommandLine(demo).Root.Parse(args).InvokeAsync(invocation);
