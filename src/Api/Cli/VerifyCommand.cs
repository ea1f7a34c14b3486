using System.CommandLine;
using Migrate.Api.Manifests;
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
        return cli.Verb(
            "verify",
            "Compares disks with their signed manifests. Exit status 1 when anything differs that no conversion of the guest explains.",
            [subject, device, key],
            async (invocation, cancellationToken) =>
            {
                var name = invocation.Get(subject);
                var found = File.Exists(name)
                    ? await OfFileAsync(invocation, name, invocation.Get(device), invocation.Get(key), cancellationToken)
                    : await OfRunAsync(invocation, name, cancellationToken);
                invocation.Print(found, output => Write(found, output));
                return found.All(x => x.Differing == x.Converted) ? ExitCode.Done : ExitCode.Failed;
            },
            "migrate verify web01",
            "migrate verify web01-disk-2000.manifest --public-key installation.pub --device /dev/vg0/web01");
    }

    private static async Task<IReadOnlyList<VerificationView>> OfRunAsync(Invocation invocation, string name, CancellationToken cancellationToken)
    {
        var run = await RunCommands.FindAsync(invocation, name, cancellationToken)
            ?? throw new CommandFailure(ExitCode.Failed, $"'{name}' is no file, and there is no run of a VM of that name.", "See 'migrate run list'.");
        var manifests = await invocation.Api.GetAsync<IReadOnlyList<ManifestView>>($"runs/{run}/manifests", cancellationToken);
        if (manifests.Count == 0)
        {
            throw new CommandFailure(ExitCode.Failed, $"The run {run} has no manifests yet.", "They are made at its cutover, for disks that were copied and read back.");
        }

        var found = new List<VerificationView>();
        foreach (var manifest in manifests)
        {
            found.Add(await invocation.Api.PostAsync<VerificationView>($"runs/{run}/manifests/{manifest.DiskKey}/verify", null, cancellationToken));
        }

        return found;
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

        var found = await ManifestCheck.RunAsync(manifest, device, progress: null, TimeProvider.System, cancellationToken);
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
