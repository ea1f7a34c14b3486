using System.Text;
using Microsoft.Net.Http.Headers;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Transfers;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Datastores;

/// <summary>
/// /folder/PATH?dcPath=DATACENTER&amp;dsName=DATASTORE: files of a datastore over HTTPS. On vSAN a disk is an object, so
/// its descriptor can be read and there is no flat extent.
/// </summary>
internal sealed class FolderEndpoint(Vcenter vcenter)
{
    public async Task HandleAsync(HttpContext http, string path)
    {
        if (!vcenter.Sessions.IsAuthenticated(http.Request))
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"VMware HTTP server\"";
            await RefuseAsync(http, 401, "Login with a session cookie or basic credentials.");
            return;
        }

        var dcPath = http.Request.Query["dcPath"].ToString();
        var dsName = http.Request.Query["dsName"].ToString();
        var datastore = vcenter.All<Datastore>().FirstOrDefault(d => d.Name == dsName && (dcPath.Length == 0 || d.Datacenter.Path == dcPath || d.Datacenter.Name == dcPath));
        if (datastore is null)
        {
            await RefuseAsync(http, 404, $"No datastore '{dsName}' in datacenter '{dcPath}'.");
            return;
        }

        if (!datastore.Source.Accessible)
        {
            await RefuseAsync(http, 500, $"Datastore '{dsName}' is not accessible.");
            return;
        }

        await SendAsync(http, datastore, path);
    }

    private async Task SendAsync(HttpContext http, Datastore datastore, string path)
    {
        foreach (var vm in vcenter.All<VirtualMachine>().Where(v => v.Datastores.Contains(datastore)))
        {
            if (vm.Home == datastore && path == $"{vm.Name}/{vm.Name}.vmx")
            {
                await TextAsync(http, Descriptors.Vmx(vm));
                return;
            }

            foreach (var disk in vm.Disks.Where(d => d.Datastore == datastore && path.StartsWith(d.BaseName, StringComparison.Ordinal)))
            {
                if (path == disk.FlatName && disk.ObjectId is null && !disk.IsRdm)
                {
                    await FlatAsync(http, vm, disk);
                    return;
                }

                var layers = disk.Chain.Layers;
                for (var i = 0; i < layers.Count; i++)
                {
                    if (path == disk.DescriptorName(layers[i]))
                    {
                        await TextAsync(http, Descriptors.Vmdk(disk, layers[i], i > 0 ? layers[i - 1] : null));
                        return;
                    }
                }
            }
        }

        await RefuseAsync(http, 404, $"[{datastore.Name}] {path} was not found.");
    }

    private async Task FlatAsync(HttpContext http, VirtualMachine vm, VmDisk disk)
    {
        var response = http.Response;
        response.Headers.AcceptRanges = "bytes";
        response.ContentType = "application/octet-stream";
        var total = disk.CapacityBytes;
        var (from, length) = (0L, total);
        if (http.Request.GetTypedHeaders().Range is { Unit.Value: "bytes", Ranges.Count: 1 } range)
        {
            if (Resolve(range.Ranges.First(), total) is not { } part)
            {
                response.Headers.ContentRange = $"bytes */{total}";
                await RefuseAsync(http, 416, "The range lies outside the file.");
                return;
            }

            (from, length) = part;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{from + length - 1}/{total}";
        }

        response.ContentLength = length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            // The flat file is the base of the chain: while a snapshot exists it holds still, and what is written goes to deltas.
            await DiskStream.SendAsync(http, vcenter, vm, disk.Chain.At(disk.Chain.All[0]), from, length);
        }
    }

    private static (long From, long Length)? Resolve(RangeItemHeaderValue range, long total)
    {
        if (range.From is { } from)
        {
            return from >= total ? null : (from, Math.Min(range.To ?? total - 1, total - 1) - from + 1);
        }

        var suffix = Math.Min(range.To ?? 0, total);
        return suffix == 0 ? null : (total - suffix, suffix);
    }

    private static Task TextAsync(HttpContext http, string text)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = Encoding.UTF8.GetByteCount(text);
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.WriteAsync(text, http.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext http, int status, string why)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.WriteAsync($"{status} {why}\n", http.RequestAborted);
    }
}
