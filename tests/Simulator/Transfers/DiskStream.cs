using System.Buffers;
using Migrate.Simulator.Disks;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Transfers;

/// <summary>Sends bytes of a disk as an HTTP body, held back or cut where a rehearsal asks for it.</summary>
internal static class DiskStream
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Sends [offset, offset + length) of the disk.</summary>
    public static async Task SendAsync(HttpContext http, Vcenter vcenter, VirtualMachine vm, DiskContent content, long offset, long length)
    {
        var body = new LimitedBody(http, vcenter, vcenter.Faults.FolderCuts.Take(), vcenter.Faults.FolderStalls.Take());
        var moves = vm.Moves;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferBytes, Math.Max(length, 1)));
        try
        {
            while (length > 0)
            {
                var chunk = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length));
                await content.ReadAsync(offset, chunk, http.RequestAborted);
                if (vm.Moves != moves)
                {
                    http.Abort();
                    return;
                }

                if (!await body.WriteAsync(chunk))
                {
                    return;
                }

                offset += chunk.Length;
                length -= chunk.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A response body that may be slow, and may break off or fall silent after some bytes as a lost connection does.</summary>
internal sealed class LimitedBody(HttpContext http, Vcenter vcenter, long? cutAfter, long? stallAfter = null)
{
    private long _sent;

    /// <summary>False: the connection has been cut.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (stallAfter is { } silent && _sent + bytes.Length > silent)
        {
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        }

        var cut = cutAfter is { } limit && _sent + bytes.Length > limit;
        if (cut)
        {
            bytes = bytes[..(int)(cutAfter!.Value - _sent)];
        }

        await vcenter.Faults.Throttle.WaitAsync(bytes.Length, vcenter.Options.Time, http.RequestAborted);
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        _sent += bytes.Length;
        if (cut)
        {
            // The bytes before the cut arrive; then the connection is gone.
            await http.Response.Body.FlushAsync(http.RequestAborted);
            http.Abort();
        }

        return !cut;
    }
}
