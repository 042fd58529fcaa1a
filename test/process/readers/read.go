// Reads a stream with net/http, which requests gzip by default, and prints its lines as they arrive.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	response, err := http.Get(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, "gzip", response.Uncompressed)
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(os.Stdout, lines.Text())
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
