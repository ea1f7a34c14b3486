using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Migrate.Executor.Tests.Sources;

/// <summary>Serves one disk by ranges over HTTP and misbehaves on demand.</summary>
internal sealed class RangeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly byte[] _disk;
    private int _running;
    private int _gets;

    private RangeServer(WebApplication app, byte[] disk) => (_app, _disk) = (app, disk);

    public HttpClient Http { get; } = new();

    public Uri Disk { get; private set; } = null!;

    /// <summary>Decides about the GET with this number: null to serve it, a status to refuse it.</summary>
    public Func<int, int?> Status { get; set; } = _ => null;

    /// <summary>Bytes after which the connection of the GET with this number is cut.</summary>
    public Func<int, int> CutAfter { get; set; } = _ => int.MaxValue;

    /// <summary>The total that Content-Range tells.</summary>
    public long? Total { get; set; }

    public bool IgnoreRange { get; set; }

    /// <summary>Bytes by which the GET with this number is answered from another place than asked.</summary>
    public Func<int, int> Shift { get; set; } = _ => 0;

    /// <summary>Only so many bytes of a range are given, rightly announced.</summary>
    public int MostBytes { get; set; } = int.MaxValue;

    public Func<int, string?> Tag { get; set; } = _ => null;

    public string? RetryAfter { get; set; }

    public int HeadStatus { get; set; } = 200;

    public int MostAtOnce { get; private set; }

    public int Gets => _gets;

    public long BytesSent { get; private set; }

    public static async Task<RangeServer> StartAsync(byte[] disk)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new RangeServer(builder.Build(), disk);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        var address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Disk = new Uri($"{address}/folder/web01/web01-flat.vmdk?dcPath=dc&dsName=ds1");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Method == "HEAD")
        {
            context.Response.StatusCode = HeadStatus;
            context.Response.ContentLength = HeadStatus == 200 ? _disk.Length : null;
            context.Response.Headers.ETag = Tag(0);
            return;
        }
        var running = Interlocked.Increment(ref _running);
        MostAtOnce = Math.Max(MostAtOnce, running);
        try
        {
            await GetAsync(context, Interlocked.Increment(ref _gets));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task GetAsync(HttpContext context, int number)
    {
        if (Status(number) is { } status)
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = RetryAfter;
            return;
        }
        var range = context.Request.GetTypedHeaders().Range!.Ranges.Single();
        var (from, to) = IgnoreRange ? (0, _disk.Length - 1) : ((int)range.From!, (int)range.To!);
        (from, to) = (from + Shift(number), (int)Math.Min(to + Shift(number), (long)from + MostBytes - 1));
        context.Response.StatusCode = IgnoreRange ? 200 : 206;
        context.Response.Headers.ETag = Tag(number);
        context.Response.ContentLength = to - from + 1;
        context.Response.Headers.ContentRange = IgnoreRange ? default : $"bytes {from}-{to}/{Total ?? _disk.Length}";
        var length = Math.Min(to - from + 1, CutAfter(number));
        await context.Response.Body.WriteAsync(_disk.AsMemory(from, length), context.RequestAborted);
        BytesSent += length;
        if (length < to - from + 1)
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        }
    }
}
