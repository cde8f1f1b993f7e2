using System.Net.Sockets;
using System.Text;
using KafkaDatasets.Embedded;
using Xunit;

namespace KafkaDatasets.Tests.Embedded;

public sealed class HttpServerTests : IDisposable
{
    private readonly HttpServer _server = new(request =>
        new HttpResponse(200, Encoding.UTF8.GetBytes($"{request.Method} {string.Join('|', request.Path)} {request.Body.Length}")));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "GET  0")]
    [InlineData("GET /a/b%2Fc?d=e HTTP/1.1\r\nHost: x\r\n\r\n", "GET a|b/c 0")]
    [InlineData("GET /a HTTP/1.1\nHost: x\n\n", "GET a 0")]
    [InlineData("PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "PUT a 3")]
    [InlineData("PUT /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", "PUT a 13")]
    public async Task ARequestIsReadAsItIsWritten(string request, string answer)
    {
        string reply = await SendAsync(request + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
        Assert.Equal(2, reply.Split("HTTP/1.1 200 OK\r\n").Length - 1);
        Assert.Contains($"\r\n\r\n{answer}HTTP/1.1", reply);
        Assert.EndsWith("\r\n\r\nGET last 0", reply);
    }

    [Theory]
    [InlineData("\r\n\r\n", 400)]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\n", 400)]
    [InlineData("PUT garbage\r\n\r\n", 400)]
    [InlineData("GET a HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nContent-Length: 8388609\r\n\r\n", 413)]
    [InlineData("PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", 413)]
    public async Task WhatIsNoRequestIsRefusedAndTheConnectionEnds(string request, int status)
    {
        string reply = await SendAsync(request);
        Assert.StartsWith($"HTTP/1.1 {status} ", reply);
        Assert.Contains("Connection: close\r\n", reply);
        await AliveAsync();
    }

    [Fact]
    public async Task AHeadWithoutEndIsRefused()
    {
        Assert.StartsWith("HTTP/1.1 431 ", await SendAsync($"GET /{new string('a', 100_000)}"));
        Assert.StartsWith("HTTP/1.1 431 ", await SendAsync("GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("a: b\r\n", 1000))));
        await AliveAsync();
    }

    [Fact]
    public async Task ABodyThatIsTooLargeIsRefusedWhileItIsBeingSent()
    {
        byte[] body = new byte[HttpConnection.MaxBody + 1];
        using HttpClient client = new();
        HttpResponseMessage answer = await client.PutAsync($"{_server.Url}/a", new ByteArrayContent(body), Cancellation);
        Assert.Equal(413, (int)answer.StatusCode);
        Assert.EndsWith($"PUT a {HttpConnection.MaxBody}", await (await client.PutAsync($"{_server.Url}/a", new ByteArrayContent(body[1..]), Cancellation)).Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task AClientThatWaitsForPermissionGetsIt()
    {
        using HttpClient client = new();
        client.DefaultRequestHeaders.ExpectContinue = true;
        HttpResponseMessage answer = await client.PutAsync($"{_server.Url}/a", new StringContent("abc"), Cancellation);
        Assert.Equal("PUT a 3", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task AnOldClientIsAnsweredAndTheConnectionEnds()
    {
        Assert.EndsWith("Connection: close\r\n\r\nGET a 0", await SendAsync("GET /a HTTP/1.0\r\n\r\n"));
    }

    [Fact]
    public async Task AHeadRequestHasNoBody()
    {
        Assert.EndsWith("Content-Length: 8\r\nConnection: close\r\n\r\n", await SendAsync("HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n"));
    }

    [Fact]
    public async Task AClientThatGoesAwayHarmsNoOther()
    {
        for (int i = 0; i < 50; i++)
        {
            using TcpClient client = new("127.0.0.1", new Uri(_server.Url).Port);
            client.LingerState = new LingerOption(true, 0);
            await client.GetStream().WriteAsync("PUT /a HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc"u8.ToArray(), Cancellation);
        }

        await AliveAsync();
    }

    [Fact]
    public async Task AnAnswerThatFailsIsAnError()
    {
        using HttpServer server = new(_ => throw new InvalidOperationException("a fault"));
        using HttpClient client = new();
        Assert.Equal(500, (int)(await client.GetAsync(server.Url, Cancellation)).StatusCode);
        Assert.Equal(500, (int)(await client.GetAsync(server.Url, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task DisposeEndsTheConnections()
    {
        using TcpClient client = new("127.0.0.1", new Uri(_server.Url).Port);
        await client.GetStream().WriteAsync("GET /a HTTP/1.1\r\n\r\n"u8.ToArray(), Cancellation);
        byte[] buffer = new byte[1000];
        Assert.NotEqual(0, await client.GetStream().ReadAsync(buffer, Cancellation));

        _server.Dispose();

        await Assert.ThrowsAnyAsync<IOException>(() => client.GetStream().ReadExactlyAsync(buffer, Cancellation).AsTask());
    }

    private async Task AliveAsync()
    {
        using HttpClient client = new();
        Assert.Equal("GET a 0", await client.GetStringAsync($"{_server.Url}/a", Cancellation));
    }

    private async Task<string> SendAsync(string request)
    {
        using TcpClient client = new("127.0.0.1", new Uri(_server.Url).Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), Cancellation);
        using StreamReader reader = new(client.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
