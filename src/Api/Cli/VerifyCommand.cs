using System.CommandLine;
using Migrate.Api.Manifests;
using Migrate.Api.Operations;
using Migrate.Executor.Manifests;
using Migrate.Planner;

namespace Migrate.Api.Cli;

/// <summary>Reads disks again and compares them with what was proven of them when they were copied.</summary>
internal static class VerifyCommand
{
    public static Command Build(CommandSet cli)
    {
        var subject = new Argument<string>("RUN|FILE") { Description = "id of a run or name of its VM, whose namespaces the server reads; or a manifest's file" };
        var device = new Option<string?>("--device") { Description = "with a file: the disk to read, a block device or raw image; without, only the signature is checked", HelpName = "PATH" };
        var key = new Option<string?>("--public-key") { Description = "with a file: the installation.pub of whoever signed it (else that of --data)", HelpName = "FILE" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Verb(
            "verify",
            "Compares disks with their signed manifests. Exit status 1 when anything differs that no conversion of the guest explains. Ctrl-C stops waiting; the server goes on.",
            [subject, device, key, noWait],
            async (invocation, cancellationToken) =>
            {
                var name = invocation.Get(subject);
                var found = File.Exists(name)
                    ? await OfFileAsync(invocation, name, invocation.Get(device), invocation.Get(key), cancellationToken)
                    : await OfRunAsync(invocation, name, invocation.Get(noWait), cancellationToken);
                if (found is null)
                {
                    return ExitCode.Done;
                }

                invocation.Print(found, output => Write(found, output));
                return found.Select(x => OperationExit.Of(new OperationResult(Verification: x))).Append(ExitCode.Done).Max();
            },
            "migrate verify web01",
            "migrate verify web01 --no-wait",
            "migrate verify web01-disk-2000.manifest --public-key installation.pub --device /dev/vg0/web01");
    }

    /// <summary>Null when nobody waits, which is printed.</summary>
    private static async Task<IReadOnlyList<VerificationView>?> OfRunAsync(Invocation invocation, string name, bool noWait, CancellationToken cancellationToken)
    {
        var run = await RunCommands.FindAsync(invocation, name, cancellationToken)
            ?? throw new CommandFailure(ExitCode.Failed, $"'{name}' is no file, and there is no run of a VM of that name.", "See 'migrate run list'.");
        var manifests = await invocation.Api.GetAsync<IReadOnlyList<ManifestView>>($"runs/{run}/manifests", cancellationToken);
        if (manifests.Count == 0)
        {
            throw new CommandFailure(ExitCode.Failed, $"The run {run} has no manifests yet.", "They are made at its cutover, for disks that were copied and read back.");
        }

        var begun = new List<OperationView>();
        try
        {
            foreach (var manifest in manifests)
            {
                begun.Add(await invocation.Api.PostAsync<OperationView>($"runs/{run}/manifests/{manifest.DiskKey}/verify", null, cancellationToken));
            }
        }
        catch (Exception)
        {
            OperationWatch.TellGoingOn(invocation, begun);
            throw;
        }

        if (noWait)
        {
            OperationWatch.TellBegun(invocation, begun, begun);
            return null;
        }

        return Found(invocation, await OperationWatch.EndsAsync(invocation, begun, cancellationToken));
    }

    /// <summary>A disk that could not be compared does not keep what was found of the others from being told.</summary>
    private static List<VerificationView> Found(Invocation invocation, IReadOnlyList<OperationView> ends)
    {
        var found = new List<VerificationView>();
        var failures = new List<CommandFailure>();
        foreach (var end in ends)
        {
            try
            {
                found.Add(OperationWatch.Part(OperationWatch.ResultOf(end).Verification));
            }
            catch (CommandFailure e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count == 0)
        {
            return found;
        }

        if (found.Count > 0)
        {
            invocation.Print(found, output => Write(found, output));
        }

        var first = failures[0];
        throw new CommandFailure(first.ExitCode, first.Message, first.Remedy, [.. first.Details, .. failures.Skip(1).Select(x => $"{x.Message} {x.Remedy}")], first) { Code = first.Code };
    }

    private static async Task<IReadOnlyList<VerificationView>> OfFileAsync(
        Invocation invocation, string path, string? device, string? key, CancellationToken cancellationToken)
    {
        using var manifest = ManifestFile.Open(path);
        manifest.CheckSignature(ReadKey(key ?? Path.Combine(invocation.Data.Root, InstallationKey.PublicName)));
        var about = manifest.Manifest;
        invocation.Say($"The signature is right (key {about.KeyId}): {about.Label} of {about.Vm}, {Text.Bytes(about.CapacityBytes)}, hash {about.DestinationHash}, verified {about.VerifiedAt:u}.");
        if (device is null)
        {
            return [];
        }

        var progress = new ByteProgress(invocation.Terminal, invocation.IsQuiet, about.Label, about.CapacityBytes, TimeProvider.System);
        ManifestFindings found;
        try
        {
            found = await ManifestCheck.RunAsync(manifest, device, progress, TimeProvider.System, cancellationToken);
        }
        finally
        {
            progress.Finish();
        }

        return [new VerificationView(about.DiskKey, about.Label, found.Equal, found.Extents, found.Differing, found.FirstOffsets, found.Elapsed.TotalSeconds, found.Expected)];
    }

    private static string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrateException("manifest.key-missing", $"The public key {path} cannot be read: {e.Message}", "Give --public-key, the installation.pub of the server that made the manifest.", e);
        }
    }

    private static void Write(IReadOnlyList<VerificationView> found, TextWriter output)
    {
        foreach (var each in found)
        {
            var unexpected = each.Differing - each.Converted;
            output.WriteLine(each.Equal
                ? $"{each.Label}: equal, all {each.Extents} extents, in {each.Seconds:0.0} s."
                : $"{each.Label}: "
                    + (each.Converted > 0 ? $"{each.Converted} of {each.Extents} extents differ where virt-v2v wrote when it converted the guest{(unexpected > 0 ? "; " : ", and all others are equal.")}" : "")
                    + (unexpected > 0 ? $"{unexpected} of {each.Extents} extents differ{(each.Converted > 0 ? " elsewhere" : "")}, first at byte {string.Join(", ", each.FirstOffsets.Take(10))}." : ""));
        }
    }
}
