using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace KafkaDatasets.Testing.Golden;

/// <summary>A schema registry on the loopback interface that answers what a test tells it to.</summary>
internal sealed class StubRegistry : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<HttpListenerRequest, (int Status, string Body)> _answer;
    private readonly ConcurrentQueue<string> _paths = new();

    public StubRegistry(Func<HttpListenerRequest, (int Status, string Body)> answer)
    {
        _answer = answer;
        (_listener, Url) = Listen();
        _ = AnswerAsync();
    }

    public string Url { get; }

    /// <summary>The paths asked for so far.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>An error as registries give it: an HTTP status and a body with Confluent's code.</summary>
    public static (int Status, string Body) Error(int status, int code, string message) => (status, $$"""{"error_code":{{code}},"message":"{{message}}"}""");

    public void Dispose() => _listener.Close();

    private static (HttpListener Listener, string Url) Listen()
    {
        for (int attempt = 0; ; attempt++)
        {
            string url = $"http://127.0.0.1:{Random.Shared.Next(15_000, 32_000)}/";
            var listener = new HttpListener(); // one that could not start is disposed
            listener.Prefixes.Add(url);
            try
            {
                listener.Start();
                return (listener, url.TrimEnd('/'));
            }
            catch (HttpListenerException) when (attempt < 100)
            {
                listener.Close();
            }
        }
    }

    private async Task AnswerAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _paths.Enqueue(context.Request.Url!.AbsolutePath);
            (context.Response.StatusCode, string body) = _answer(context.Request);
            context.Response.ContentType = "application/vnd.schemaregistry.v1+json";
            context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
        }
    }
}
