package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// Which part of the server a dump is of, by the flags that govc object.save has for it.
var (
	dumpRoot = flag.String("dumproot", "", "save from here: Type:id; empty is all of the server")
	dumpType = flag.String("dumptype", "", "save objects of these types only, separated by commas")
	dumpOne  = flag.Bool("dump1", false, "save the root only")
	dumpDeep = flag.Bool("dumprecurse", true, "save what is below the root's children, too")
)

// A page is what one answer of the server holds.
const page = 200

// dump writes managed objects with govmomi's own XML encoder, in files named and nested as govc object.save does it: one file per
// object, and for some of them a folder with the answers of methods.
type dump struct {
	client *vim25.Client
	dir    string
	saved  map[types.ManagedObjectReference]bool
}

func save(server *url.URL, dir string) error {
	ctx := context.Background()
	client, err := govmomi.NewClient(ctx, server, true)
	if err != nil {
		return err
	}
	defer client.Logout(ctx)

	d := &dump{client: client.Client, dir: dir, saved: map[types.ManagedObjectReference]bool{}}
	root := client.ServiceContent.RootFolder
	if *dumpRoot == "" {
		// A server's own file has "content" and nothing else.
		if err := d.objects(ctx, []types.ManagedObjectReference{{Type: "ServiceInstance", Value: "ServiceInstance"}}, "content"); err != nil || *dumpOne {
			return err
		}
		for _, manager := range mo.References(client.ServiceContent) {
			if err := d.objects(ctx, []types.ManagedObjectReference{manager}); err != nil {
				return err
			}
		}
	} else if !root.FromString(*dumpRoot) {
		return fmt.Errorf("%s is no Type:id", *dumpRoot)
	} else if *dumpOne {
		return d.objects(ctx, []types.ManagedObjectReference{root})
	}

	var kinds []string
	if *dumpType != "" {
		kinds = strings.Split(*dumpType, ",")
	}
	objects, err := view.NewManager(client.Client).CreateContainerView(ctx, root, kinds, *dumpDeep)
	if err != nil {
		return err
	}
	defer objects.Destroy(ctx)

	var listed mo.ContainerView
	if err := property.DefaultCollector(client.Client).RetrieveOne(ctx, objects.Reference(), []string{"view"}, &listed); err != nil {
		return err
	}
	for from := 0; from < len(listed.View); from += page {
		to := from + page
		if to > len(listed.View) {
			to = len(listed.View)
		}
		if err := d.objects(ctx, listed.View[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// objects saves these, with all their properties unless some are named.
func (d *dump) objects(ctx context.Context, references []types.ManagedObjectReference, properties ...string) error {
	var filter types.PropertyFilterSpec
	kinds := map[string]bool{}
	for _, reference := range references {
		filter.ObjectSet = append(filter.ObjectSet, types.ObjectSpec{Obj: reference})
		if !kinds[reference.Type] {
			kinds[reference.Type] = true
			all := types.NewBool(len(properties) == 0)
			filter.PropSet = append(filter.PropSet, types.PropertySpec{Type: reference.Type, All: all, PathSet: properties})
		}
	}
	found, err := methods.RetrieveProperties(ctx, d.client, &types.RetrieveProperties{
		This:    d.client.ServiceContent.PropertyCollector,
		SpecSet: []types.PropertyFilterSpec{filter},
	})
	if err != nil {
		return err
	}
	for _, object := range found.Returnval {
		if d.saved[object.Obj] {
			continue
		}
		object.MissingSet = nil
		name := object.Obj.Type + "-" + url.QueryEscape(object.Obj.Value)
		if err := d.write(fmt.Sprintf("%04d-%s", len(d.saved), name), object); err != nil {
			return err
		}
		d.saved[object.Obj] = true
		if err := d.answers(ctx, object.Obj, name); err != nil {
			return err
		}
		for _, browser := range object.PropSet {
			if browser.Name == "environmentBrowser" && object.Obj.Type != "VirtualMachine" {
				if err := d.objects(ctx, []types.ManagedObjectReference{browser.Val.(types.ManagedObjectReference)}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// answers saves what some objects answer besides their properties; what the simulator does not have is left out.
func (d *dump) answers(ctx context.Context, object types.ManagedObjectReference, folder string) error {
	found := map[string]interface{}{}
	switch object.Type {
	case "VmwareDistributedVirtualSwitch", "DistributedVirtualSwitch":
		if ports, err := methods.FetchDVPorts(ctx, d.client, &types.FetchDVPorts{This: object}); err == nil {
			found["FetchDVPorts"] = ports
		}
	case "EnvironmentBrowser":
		if options, err := methods.QueryConfigOption(ctx, d.client, &types.QueryConfigOption{This: object}); err == nil {
			found["QueryConfigOption"] = options
		}
		if target, err := methods.QueryConfigTarget(ctx, d.client, &types.QueryConfigTarget{This: object}); err == nil {
			found["QueryConfigTarget"] = target
		}
	}
	for method, answer := range found {
		if err := os.MkdirAll(filepath.Join(d.dir, folder), 0755); err != nil {
			return err
		}
		if err := d.write(filepath.Join(folder, method), answer); err != nil {
			return err
		}
	}
	return nil
}

func (d *dump) write(name string, value interface{}) error {
	file, err := os.Create(filepath.Join(d.dir, name+".xml"))
	if err != nil {
		return err
	}
	encoder := xml.NewEncoder(file)
	encoder.Indent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return file.Close()
}
