using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KafkaDatasets.Embedded;

/// <summary>One client's connection, which handles size-limited requests one after another.</summary>
internal sealed class HttpConnection(Socket socket) : IDisposable
{
    internal const int MaxLine = 32 * 1024;
    internal const int MaxHeaders = 100;
    internal const int MaxBody = 8 * 1024 * 1024;

    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _buffer = new byte[MaxLine];
    private int _start;
    private int _end;

    public void Dispose() => _stream.Dispose();

    /// <summary>Responds until the client has no more requests, or sent an invalid one.</summary>
    internal async Task ServeAsync(Func<HttpRequest, HttpResponse> answer)
    {
        try
        {
            while (await ReadLineAsync(orEnd: true).ConfigureAwait(false) is { } requestLine)
            {
                (HttpRequest request, bool last) = await ReadRequestAsync(requestLine).ConfigureAwait(false);
                await WriteAsync(answer(request), last, withBody: request.Method != "HEAD").ConfigureAwait(false);
                if (last)
                {
                    return;
                }
            }
        }
        catch (HttpException exception)
        {
            await WriteAsync(new HttpResponse(exception.Status, default), last: true, withBody: true).ConfigureAwait(false);
            await DrainAsync().ConfigureAwait(false);
        }
    }

    private async Task<(HttpRequest Request, bool Last)> ReadRequestAsync(string requestLine)
    {
        if (requestLine.Split(' ') is not [{ Length: > 0 } method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"])
        {
            throw new HttpException(400);
        }

        Dictionary<string, string> headers = await ReadHeadersAsync().ConfigureAwait(false);
        string connection = headers.GetValueOrDefault("Connection", "");
        bool last = requestLine.EndsWith('0')
            ? !connection.Contains("keep-alive", StringComparison.OrdinalIgnoreCase)
            : connection.Contains("close", StringComparison.OrdinalIgnoreCase);
        ReadOnlyMemory<byte> body = await ReadBodyAsync(headers).ConfigureAwait(false);
        string[] path = [.. target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        return (new HttpRequest(method, path, body), last);
    }

    private async Task<Dictionary<string, string>> ReadHeadersAsync()
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < MaxHeaders; i++)
        {
            if (await ReadLineAsync().ConfigureAwait(false) is not { Length: > 0 } line)
            {
                return headers;
            }

            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw new HttpException(400);
            }

            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        throw new HttpException(431);
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(Dictionary<string, string> headers)
    {
        bool chunked = headers.TryGetValue("Transfer-Encoding", out string? encoding);
        bool counted = headers.TryGetValue("Content-Length", out string? length);
        if (chunked && (counted || !encoding!.Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            throw new HttpException(400);
        }

        int size = counted ? SizeOf(length!, NumberStyles.None) : 0;
        if (headers.GetValueOrDefault("Expect", "").Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await _stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray()).ConfigureAwait(false);
        }

        if (!chunked)
        {
            byte[] body = new byte[size];
            await ReadExactlyAsync(body).ConfigureAwait(false);
            return body;
        }

        List<byte> chunks = [];
        while (true)
        {
            string line = (await ReadLineAsync().ConfigureAwait(false))!;
            byte[] chunk = new byte[SizeOf(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier)];
            if (chunk.Length == 0)
            {
                _ = await ReadHeadersAsync().ConfigureAwait(false);
                return chunks.ToArray();
            }

            if (chunks.Count + chunk.Length > MaxBody)
            {
                throw new HttpException(413);
            }

            await ReadExactlyAsync(chunk).ConfigureAwait(false);
            chunks.AddRange(chunk);
            _ = await ReadLineAsync().ConfigureAwait(false);
        }
    }

    private static int SizeOf(string text, NumberStyles style) =>
        !long.TryParse(text, style, CultureInfo.InvariantCulture, out long size) || size < 0 ? throw new HttpException(400)
        : size > MaxBody ? throw new HttpException(413)
        : (int)size;

    private async ValueTask<string?> ReadLineAsync(bool orEnd = false)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                string line = Encoding.Latin1.GetString(_buffer, _start, length).TrimEnd('\r');
                _start += length + 1;
                return line;
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (_end == MaxLine)
            {
                throw new HttpException(431);
            }

            int read = await _stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
            if (read == 0)
            {
                return orEnd && _end == 0 ? null : throw new EndOfStreamException();
            }

            _end += read;
        }
    }

    private async ValueTask ReadExactlyAsync(Memory<byte> destination)
    {
        int buffered = Math.Min(_end - _start, destination.Length);
        _buffer.AsSpan(_start, buffered).CopyTo(destination.Span);
        _start += buffered;
        await _stream.ReadExactlyAsync(destination[buffered..]).ConfigureAwait(false);
    }

    private async Task WriteAsync(HttpResponse response, bool last, bool withBody)
    {
        string head = $"""
            HTTP/1.1 {response.Status} {(HttpStatusCode)response.Status}
            Content-Type: {HttpResponse.MediaType}
            Content-Length: {response.Body.Length}
            Connection: {(last ? "close" : "keep-alive")}


            """.ReplaceLineEndings("\r\n");
        byte[] message = [.. Encoding.Latin1.GetBytes(head), .. withBody ? response.Body.Span : default];
        await _stream.WriteAsync(message).ConfigureAwait(false);
    }

    // Closing a socket that has unread bytes resets the connection, and the client might never see the response.
    private async Task DrainAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        using CancellationTokenSource deadline = new(DrainTime);
        try
        {
            while (await _stream.ReadAsync(_buffer, deadline.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }
}
